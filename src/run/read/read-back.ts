import { RunledgerError } from "../../errors.ts";
import { internalize } from "../../objects/externalize.ts";
import { ObjectStore } from "../../objects/store.ts";
import type { FoundRun } from "../place/find-run.ts";

/** The objects of a store, for reading. */
export function objectsOf({ world, place, runId }: Pick<FoundRun, "world" | "place" | "runId">): ObjectStore {
  return new ObjectStore({ disk: world.disk, randomness: world.randomness, layout: place.layout, owner: runId });
}

/** Reads recorded values back; an object that is missing or damaged stays the reference that it is, and a note says so. */
export class ReadBack {
  readonly #objects: ObjectStore;

  readonly #notes = new Set<string>();

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  get notes(): string[] {
    return [...this.#notes];
  }

  value(recorded: unknown): unknown {
    try {
      return internalize(recorded, this.#objects);
    } catch (error) {
      if (!(error instanceof RunledgerError)) throw error;
      this.#notes.add(error.message);
      return recorded;
    }
  }

  /** An object of recorded members: itself, or each of them, may be stored as an object. */
  members(recorded: unknown): Record<string, unknown> {
    const whole = this.value(recorded) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(whole).map(([name, member]) => [name, this.value(member)]));
  }
}
