/** `expected a text, found 3`: what stands in a task file instead of what should. */
export function expectedFound(expected: string, found: unknown): string {
  return `expected ${expected}, found ${shown(found)}`;
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (value === null) return "nothing (null)";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" ? "an object" : String(value);
}
