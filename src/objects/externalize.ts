import { canonicalJson } from "../idempotency/canonical.ts";
import type { ObjectRef } from "../protocol/fields.ts";
import { isObjectRef } from "./references.ts";
import type { ObjectStore } from "./store.ts";

/** A value whose canonical form has more bytes than this becomes an object. */
export const inlineBytes = 16 * 1024;

/** A record, with the members that may hold large values. */
interface Externalizable {
  kind: string;
  inputs?: Members | undefined;
  payload?: Members | undefined;
  artifacts?: unknown;
  command?: { inputs: Members } | undefined;
}

type Members = Record<string, unknown>;
type Put = Pick<ObjectStore, "put">;

/**
 * A new record in which every member of `payload`, `inputs` and `command.inputs`, and `artifacts`, whose canonical form
 * exceeds 16 KiB is an {@link ObjectRef} to that form. `$runledger` stays: it says whose inputs they are. The objects
 * are durable when this returns. A record whose whole line has no more than 16 KiB need not be given.
 */
export function externalize<Entry extends Externalizable>(record: Entry, objects: Put): Entry {
  const small = mapMembers(record, (members) => smallMembers(members, objects));
  if (record.artifacts !== undefined) small.artifacts = smallValue(record.artifacts, objects);
  return small;
}

/**
 * For a line that is still too long after {@link externalize}, by many members of less than 16 KiB: each of `payload`,
 * `inputs` and `command.inputs` that exceeds 16 KiB becomes one object as a whole.
 */
export function externalizeWhole<Entry extends Externalizable>(record: Entry, objects: Put): Entry {
  return mapMembers(record, (members) => smallValue(members, objects) as Members);
}

/**
 * The value that was recorded as `value`: what an `application/json` object holds if it is an {@link ObjectRef}, else
 * itself. Objects of other media types (what a plain command printed) stay references. Throws as `ObjectStore.get`.
 */
export function internalize(value: unknown, objects: Pick<ObjectStore, "get">): unknown {
  if (!isObjectRef(value) || value.$object.media_type !== "application/json") return value;
  return JSON.parse(Buffer.from(objects.get(value)).toString("utf8"));
}

/** `record` with `change` applied to those of the three that are there; its order of members is kept. */
function mapMembers<Entry extends Externalizable>(record: Entry, change: (members: Members) => Members): Entry {
  const changed = { ...record };
  if (record.inputs !== undefined) changed.inputs = change(record.inputs);
  if (record.payload !== undefined) changed.payload = change(record.payload);
  if (record.command !== undefined) changed.command = { ...record.command, inputs: change(record.command.inputs) };
  return changed;
}

/** By entries, since assigning a member named `__proto__` would set the prototype instead. */
function smallMembers(members: Members, objects: Put): Members {
  const small = ([name, value]: [string, unknown]) => [
    name,
    name === "$runledger" ? value : smallValue(value, objects),
  ];
  return Object.fromEntries(Object.entries(members).map(small));
}

function smallValue(value: unknown, objects: Put): unknown {
  const text = canonicalJson(value);
  // A string of UTF-16 units has at most three times as many bytes.
  if (text.length * 3 <= inlineBytes || Buffer.byteLength(text) <= inlineBytes) return value;
  return objects.put(Buffer.from(text), "application/json");
}
