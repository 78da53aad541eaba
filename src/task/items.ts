import { expectedFound } from "./shown.ts";

/** More are refused: such a list is a slip, or a task for several runs. */
const maxItems = 1_000_000;
const maxItemBytes = 1024;

/** One item as it was found, and where: `items.txt:17`, `list[3]`. */
export interface FoundItem {
  readonly value: unknown;
  readonly place: string;
}

/** An item that cannot be one, or a place whose items cannot be read. */
export interface ItemProblem {
  readonly place: string;
  readonly says: string;
}

/** Why a value is no item, or undefined. An item becomes a variable, an argument and a name: it is one line of UTF-8. */
export function itemProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return expectedFound("a text", value);
  if (value === "") return "an item is not empty";
  if (!value.isWellFormed()) return "the item has half a character (a lone surrogate)";
  const bytes = Buffer.byteLength(value);
  if (bytes > maxItemBytes) return `an item has at most ${maxItemBytes} bytes, this one has ${bytes}`;
  // U+2028 and U+2029 end a line for many readers, and a name is one line.
  const control = /[\p{Cc}\u2028\u2029]/u.exec(value)?.[0];
  if (control === undefined) return undefined;
  const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return `an item has no control characters, this one has U+${code}`;
}

/** The problems of a list of items: what is no item, what stands there twice, too many. At most 20, the first ones. */
export function itemProblems(found: readonly FoundItem[]): ItemProblem[] {
  const problems: ItemProblem[] = [];
  const places = new Map<unknown, string>();
  for (const { value, place } of found) {
    if (problems.length >= maxShown) break;
    const earlier = places.get(value);
    const says = itemProblem(value) ?? (earlier && `${JSON.stringify(value)} stands at ${earlier} already`);
    if (says !== undefined) problems.push({ place, says });
    else places.set(value, place);
    if (places.size > maxItems) return [...problems, { place, says: `more than ${maxItems} items` }];
  }
  return problems;
}

const maxShown = 20;

/** `step[item]`: the name of an item wherever a step is named. */
export function itemRef(step: string, item: string): string {
  return `${step}[${item}]`;
}

/** The step and the item that `ref` names; undefined for one that names a step. */
export function itemOfRef(ref: string): { step: string; item: string } | undefined {
  const at = ref.indexOf("[");
  return at > 0 && ref.endsWith("]") ? { step: ref.slice(0, at), item: ref.slice(at + 1, -1) } : undefined;
}
