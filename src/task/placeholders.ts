/** Stands for the item of a `for_each` step, as a whole argument, value of a variable, or anywhere in an agent's inputs. */
export interface ItemPlaceholder {
  readonly $item: true;
}

/** Stands for an input of the task. */
export interface InputPlaceholder {
  readonly $input: string;
}

/** What stands in a path of `expected_outputs` for the item: a path is never a line for a shell. */
export const itemInPath = "{item}";

export function isItemPlaceholder(value: unknown): value is ItemPlaceholder {
  return hasOnly(value, "$item") && value.$item === true;
}

export function isInputPlaceholder(value: unknown): value is InputPlaceholder {
  return hasOnly(value, "$input") && typeof value.$input === "string";
}

/** `value` (JSON) with each object that `fill` has an answer for replaced by it. */
export function filled(value: unknown, fill: (value: object) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const instead = fill(value);
  if (instead !== undefined) return instead;
  if (Array.isArray(value)) return value.map((each) => filled(each, fill));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filled(member, fill)]));
}

function hasOnly<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === "object" && value !== null && Object.keys(value).length === 1 && Object.hasOwn(value, name);
}
