import { RunledgerError } from "../errors.ts";
import { jsonPath, type PathPart } from "./json-path.ts";

/** Arrays and objects inside one another, the outermost included. */
export const maxNesting = 256;

/**
 * The canonical JSON of `value` (RFC 8785): members sorted by UTF-16 code units, no white space, numbers as ECMAScript
 * prints them. Equal JSON values give equal text, so digests and ledger lines are made of it.
 *
 * What JSON cannot say is refused with `NOT_JSON` (details `path`, e.g. `$.a[3]`, and `reason`) instead of being left
 * out or bent: undefined (as a member too: an absent member is not written), NaN, infinities, BigInt, functions,
 * symbols, lone surrogates in strings and names, holes and extra properties of arrays, whatever has a prototype
 * of its own (Map, Date, class instances, boxed primitives), cycles, and nesting deeper than 256. Members that
 * are not enumerable do not count, as in `JSON.stringify`. A getter counts as its value and may be read twice.
 *
 * `outerNesting`: how many arrays and objects will stand around it, which count as its own.
 */
export function canonicalJson(value: unknown, outerNesting = 0): string {
  const order = orderOf(value, outerNesting);
  if (order === "faulty") checkJson(value, [], outerNesting);
  const text = order === "ordered" ? JSON.stringify(value) : sorted(value);
  // A lone surrogate is all that JSON.stringify prints as \ud…; a string may also hold just these characters.
  if (text.includes("\\ud")) checkJson(value, [], outerNesting);
  return text;
}

type Order = "ordered" | "unordered" | "faulty";

/**
 * The gate, without the reasons: whether all names below `value` are in order already. `JSON.stringify` then prints the
 * canonical form, twice as fast as {@link sorted}; entries are built that way. `faulty` if {@link checkJson} refuses it,
 * lone surrogates apart.
 */
function orderOf(value: unknown, depth: number): Order {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return "ordered";
  if (typeof value === "number") return Number.isFinite(value) ? "ordered" : "faulty";
  if (typeof value !== "object" || depth >= maxNesting || !isPlain(value)) return "faulty";
  return Array.isArray(value) ? orderOfItems(value, depth) : orderOfMembers(value as Record<string, unknown>, depth);
}

/** A hole reads as undefined. */
function orderOfItems(items: readonly unknown[], depth: number): Order {
  if (Object.keys(items).length !== items.length) return "faulty";
  let order: Order = "ordered";
  for (const item of items) {
    const below = orderOf(item, depth + 1);
    if (below === "faulty") return "faulty";
    if (below === "unordered") order = "unordered";
  }
  return order;
}

function orderOfMembers(members: Readonly<Record<string, unknown>>, depth: number): Order {
  let order: Order = "ordered";
  let before = "";
  // Makes no list, which Object.keys does. What is inherited is not printed: at worst it is looked at for nothing.
  for (const name in members) {
    const below = orderOf(members[name], depth + 1);
    if (below === "faulty") return "faulty";
    if (below === "unordered" || name < before) order = "unordered";
    before = name;
  }
  return order;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) return false;
  if (Array.isArray(value) !== (prototype === Array.prototype)) return false;
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return false;
  return Object.getOwnPropertySymbols(value).length === 0;
}

/** Refuses what is no JSON, with its place and the reason. */
function checkJson(value: unknown, path: PathPart[], outer: number): void {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) refuse(path, "a string with a lone surrogate");
      return;
    case "number":
      if (!Number.isFinite(value)) refuse(path, String(value));
      return;
    case "boolean":
      return;
    case "object":
      if (value === null) return;
      checkContainer(value, path, outer);
      if (Array.isArray(value)) checkArray(value, path, outer);
      else checkMembers(value as Record<string, unknown>, path, outer);
      return;
    default:
      refuse(path, value === undefined ? "undefined" : `a ${typeof value}`);
  }
}

function checkContainer(value: object, path: PathPart[], outer: number): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = Array.isArray(value) ? Array.prototype : Object.prototype;
  if (prototype !== plain && (prototype !== null || Array.isArray(value))) refuse(path, instanceOf(prototype));
  // Hidden from Object.keys, yet obeyed by JSON.stringify.
  if ("toJSON" in value && typeof value.toJSON === "function") refuse(path, "an object with a function toJSON");
  if (prototype === null && isRawJson(value)) refuse(path, "a value of JSON.rawJSON");
  if (Object.getOwnPropertySymbols(value).length > 0) refuse(path, "an object with a symbol as member name");
  // A cycle has no end, so it meets this limit as well.
  if (path.length + outer >= maxNesting) refuse(path, `nested deeper than ${maxNesting - outer}, or in itself`);
}

function checkArray(value: readonly unknown[], path: PathPart[], outer: number): void {
  for (let index = 0; index < value.length; index++) {
    path.push(index);
    if (!(index in value)) refuse(path, "a hole");
    checkJson(value[index], path, outer);
    path.pop();
  }
  if (Object.keys(value).length !== value.length) refuse(path, "an array with other members");
}

function checkMembers(value: Record<string, unknown>, path: PathPart[], outer: number): void {
  for (const name of Object.keys(value)) {
    path.push(name);
    if (!name.isWellFormed()) refuse(path, "a name with a lone surrogate");
    checkJson(value[name], path, outer);
    path.pop();
  }
}

function instanceOf(prototype: unknown): string {
  const made = (prototype as { constructor?: unknown } | null)?.constructor;
  return typeof made === "function" && made.name !== "" ? `an instance of ${made.name}` : "no plain object";
}

/** Such values print any text they like. They have no prototype. */
function isRawJson(value: object): boolean {
  return (JSON as { isRawJSON?: (value: unknown) => boolean }).isRawJSON?.(value) === true;
}

function refuse(path: readonly PathPart[], reason: string): never {
  throw notJson(path, reason);
}

/** The refusal of the value at `path`, for other walks that meet what JSON cannot say. */
export function notJson(path: readonly PathPart[], reason: string): RunledgerError {
  const place = jsonPath(path);
  const shown = place.length > 200 ? `${place.slice(0, 200)}…` : place;
  return new RunledgerError("NOT_JSON", `the value at ${shown} is no JSON: ${reason}`, {
    hint: "Give plain objects, arrays, strings, finite numbers, booleans and null; leave absent members out.",
    details: { path: place, reason },
  });
}

/** Only for what has passed the gate. */
function sorted(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sorted).join(",")}]`;
  const members = value as Record<string, unknown>;
  const names = Object.keys(members).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${sorted(members[name])}`).join(",")}}`;
}
