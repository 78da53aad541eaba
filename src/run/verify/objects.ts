import { RunledgerError } from "../../errors.ts";
import { parseJson } from "../../idempotency/parse-json.ts";
import type { LedgerEntry } from "../../ledger/entry.ts";
import { isObjectRef } from "../../objects/references.ts";
import type { ObjectStore } from "../../objects/store.ts";
import type { ObjectRef } from "../../protocol/fields.ts";
import type { Place } from "../place/store.ts";
import type { Findings } from "./findings.ts";

/** Only what was a line's payload or inputs names other objects, and that was never larger. */
const largestWithReferences = 1024 * 1024;

/** Checks each object that a ledger names, also those that are named by objects, once. */
export class ObjectCheck {
  readonly #place: Place;
  readonly #objects: ObjectStore;
  readonly #findings: Findings;
  readonly #seen = new Set<string>();
  readonly #addresses = new Set<string>();

  constructor(place: Place, objects: ObjectStore, findings: Findings) {
    this.#place = place;
    this.#objects = objects;
    this.#findings = findings;
  }

  get checked(): number {
    return this.#seen.size;
  }

  /** `sha256:<64 hex>` of each object that was named. */
  get addresses(): ReadonlySet<string> {
    return this.#addresses;
  }

  see(entry: LedgerEntry): void {
    if (entry.kind === "command") this.#walk(entry.seq, entry.inputs);
    if (entry.kind === "event") this.#walk(entry.seq, [entry.payload, entry.artifacts, entry.command?.inputs]);
  }

  /** Without recursion: what is hostile may be nested as deep as a line is long. */
  #walk(seq: number, value: unknown): void {
    const left = [value];
    for (let each = left.pop(); each !== undefined || left.length > 0; each = left.pop()) {
      if (typeof each !== "object" || each === null) continue;
      if (isObjectRef(each)) left.push(this.#check(seq, each));
      else for (const member of Object.values(each)) left.push(member);
    }
  }

  /** Returns what the object holds, if it may name others. */
  #check(seq: number, ref: ObjectRef): unknown {
    const { sha256, size, media_type: mediaType } = ref.$object;
    const name = `${sha256} ${size} ${mediaType}`;
    if (this.#seen.has(name)) return undefined;
    this.#seen.add(name);
    this.#addresses.add(sha256);
    const file = this.#place.layout.object(sha256);
    const fault = this.#objects.verify(ref);
    if (fault !== undefined) {
      this.#findings.refused(file, new RunledgerError(fault.code, `entry ${seq} names it: ${fault.message}`));
      return undefined;
    }
    if (mediaType !== "application/json" || size > largestWithReferences) return undefined;
    return this.#parsed(seq, file, ref);
  }

  #parsed(seq: number, file: string, ref: ObjectRef): unknown {
    try {
      return parseJson(Buffer.from(this.#objects.get(ref)).toString());
    } catch {
      this.#findings.fault({ code: "OBJECT_DAMAGED", file, message: `entry ${seq} names it as JSON, which it is not` });
      return undefined;
    }
  }
}
