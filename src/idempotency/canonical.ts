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
 */
export function canonicalJson(value: unknown): string {
  const ordered = checkJson(value, []);
  return ordered ? JSON.stringify(value) : sorted(value);
}

/**
 * The gate. True if all names below `value` are in order already; `JSON.stringify` then prints the canonical form,
 * twice as fast as {@link sorted}. Entries are built that way.
 */
function checkJson(value: unknown, path: PathPart[]): boolean {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) refuse(path, "a string with a lone surrogate");
      return true;
    case "number":
      if (!Number.isFinite(value)) refuse(path, String(value));
      return true;
    case "boolean":
      return true;
    case "object":
      if (value === null) return true;
      checkContainer(value, path);
      return Array.isArray(value) ? checkArray(value, path) : checkMembers(value as Record<string, unknown>, path);
    default:
      return refuse(path, value === undefined ? "undefined" : `a ${typeof value}`);
  }
}

function checkContainer(value: object, path: PathPart[]): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = Array.isArray(value) ? Array.prototype : Object.prototype;
  if (prototype !== plain && (prototype !== null || Array.isArray(value))) refuse(path, instanceOf(prototype));
  // Hidden from Object.keys, yet obeyed by JSON.stringify.
  if ("toJSON" in value && typeof value.toJSON === "function") refuse(path, "an object with a function toJSON");
  if (prototype === null && isRawJson(value)) refuse(path, "a value of JSON.rawJSON");
  if (Object.getOwnPropertySymbols(value).length > 0) refuse(path, "an object with a symbol as member name");
  // A cycle has no end, so it meets this limit as well.
  if (path.length >= maxNesting) refuse(path, `nested deeper than ${maxNesting}, or in itself`);
}

function checkArray(value: readonly unknown[], path: PathPart[]): boolean {
  let ordered = true;
  for (let index = 0; index < value.length; index++) {
    path.push(index);
    if (!(index in value)) refuse(path, "a hole");
    if (!checkJson(value[index], path)) ordered = false;
    path.pop();
  }
  if (Object.keys(value).length !== value.length) refuse(path, "an array with other members");
  return ordered;
}

function checkMembers(value: Record<string, unknown>, path: PathPart[]): boolean {
  let ordered = true;
  let before = "";
  for (const name of Object.keys(value)) {
    path.push(name);
    if (!name.isWellFormed()) refuse(path, "a name with a lone surrogate");
    if (name < before) ordered = false;
    if (!checkJson(value[name], path)) ordered = false;
    before = name;
    path.pop();
  }
  return ordered;
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
