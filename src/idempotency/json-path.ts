/** A member name, or an index of an array. */
export type PathPart = string | number;

/** A place inside a JSON value, for people: `$`, `$.inputs.files[3]`, `$["a b"]`. */
export function jsonPath(parts: readonly PathPart[]): string {
  return `$${parts.map(printed).join("")}`;
}

function printed(part: PathPart): string {
  if (typeof part === "number") return `[${part}]`;
  return /^[A-Za-z_$][\w$]*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
}
