import type { PlacedProblem } from "./problem.ts";

/** Objects and lists inside one another. Below what canonical JSON takes, so that entries around a value fit too. */
const maxNesting = 200;

/** Characters of all texts and names, and one for each value. */
const maxExpanded = 8 * 1024 * 1024;

/**
 * Hostile: aliases share a value in memory, but not in a record. Nine lines of aliases to aliases stand for a billion
 * values, and one to its own surroundings has no end. Nothing if `value` written out is of a sane size.
 */
export function checkExpansion(value: unknown): PlacedProblem[] {
  let expanded = 0;
  /** False as soon as it is too much. */
  const measure = (part: unknown, depth: number): boolean => {
    expanded += typeof part === "string" ? part.length + 1 : 1;
    if (typeof part !== "object" || part === null) return expanded <= maxExpanded;
    if (depth >= maxNesting) return false;
    return Object.entries(part).every(([name, member]) => {
      expanded += name.length;
      return measure(member, depth + 1);
    });
  };
  if (measure(value, 0)) return [];
  const tooLarge = `written out without aliases, the file would be larger than ${maxExpanded} characters`;
  return [{ field: "", says: expanded > maxExpanded ? tooLarge : `nested deeper than ${maxNesting}, or in itself` }];
}
