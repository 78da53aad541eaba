import { canonicalJson } from "../idempotency/canonical.ts";
import { parseJson } from "../idempotency/parse-json.ts";
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
  if (roomAfter(record, inlineBytes) > 0) return record;
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
  return parseJson(Buffer.from(objects.get(value)).toString("utf8"));
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
  return isInline(text) ? value : objects.put(Buffer.from(text), "application/json");
}

/** True if a value whose canonical JSON is `text` stays as it is. */
export function isInline(text: string): boolean {
  // A UTF-16 unit has at most three bytes.
  return text.length * 3 <= inlineBytes || Buffer.byteLength(text) <= inlineBytes;
}

/**
 * What is left of `roomBytes` for the canonical form of `value`; at most 0 if it may not fit. Never more than is left in truth: in JSON a UTF-16
 * unit has at most six bytes. Looks at no more of the value than has room.
 */
function roomAfter(value: unknown, roomBytes: number): number {
  if (typeof value === "string") return roomBytes - 6 * value.length - 3;
  if (typeof value !== "object" || value === null) return roomBytes - maxScalarBytes;
  let room = roomBytes - 3;
  for (const name in value) {
    room = roomAfter((value as Members)[name], room - 6 * name.length - 3);
    if (room <= 0) break;
  }
  return room;
}

/** Of a number, as ECMAScript prints it, with its comma. */
const maxScalarBytes = 26;
