import { RunledgerError } from "../../errors.ts";
import { internalize } from "../../objects/externalize.ts";
import { ObjectStore } from "../../objects/store.ts";
import type { ObjectRef } from "../../protocol/fields.ts";
import type { FoundRun } from "../place/find-run.ts";

/** The objects of a store, for reading. */
export function objectsOf({ world, place, runId }: Pick<FoundRun, "world" | "place" | "runId">): ObjectStore {
  return new ObjectStore({ disk: world.disk, randomness: world.randomness, layout: place.layout, owner: runId });
}

/** How many are named in the message of a refusal: a batch that has lost its objects has thousands. */
const shownFaults = 20;

/**
 * Reads recorded values back; an object that is missing or damaged stays the reference that it is, and a note says so.
 */
export class RecordedValues {
  readonly #objects: ObjectStore;

  /** By their sentences. */
  readonly #faults = new Map<string, RunledgerError>();

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  get notes(): string[] {
    return [...this.#faults.keys()];
  }

  /** Throws what the notes say, if they say anything, with the code of the first. */
  refuseFaults(runId: string): void {
    const [first] = this.#faults.values();
    if (first === undefined) return;
    const others = this.#faults.size - shownFaults;
    const more = others > 0 ? [`and ${others} more`] : [];
    throw new RunledgerError(first.code, [...this.notes.slice(0, shownFaults), ...more].join("\n"), {
      hint: `All else is there. See what is wrong with the run: runledger verify --run ${runId}`,
      details: { run_id: runId, ...first.details },
    });
  }

  value(recorded: unknown): unknown {
    try {
      return internalize(recorded, this.#objects);
    } catch (error) {
      if (!(error instanceof RunledgerError)) throw error;
      this.#faults.set(error.message, error);
      return recorded;
    }
  }

  /** Whether the object's content is there, as it was. `what`: says the note if it is not. */
  isSound(ref: ObjectRef, what: string): boolean {
    const fault = this.#objects.verify(ref);
    if (fault !== undefined) this.#faults.set(`${what}: ${fault.message}`, fault);
    return fault === undefined;
  }

  /** An object of recorded members: itself, or each of them, may be stored as an object. */
  members(recorded: unknown): Record<string, unknown> {
    const whole = this.value(recorded) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(whole).map(([name, member]) => [name, this.value(member)]));
  }
}
