import type { PlacedProblem } from "./problem.ts";

/** Why `text` is no JSON, or nothing. */
export function jsonSyntaxProblem(text: string): PlacedProblem[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(message)?.[1];
    const line = text.slice(0, position === undefined ? undefined : Number(position)).split("\n").length;
    // The rest of the message quotes the file.
    return [{ line, field: "", says: `no JSON: ${message.replace(/(, \.*".*| in JSON at position.*)$/s, "")}` }];
  }
}
