import { type Document, isScalar, type Node, Scalar, visit } from "yaml";
import type { PlacedProblem } from "./problem.ts";

/** What YAML can write and a task cannot hold: numbers that no double is, broken texts, aliases to nothing. */
export function nodeProblems(document: Document.Parsed, lineAt: (offset: number) => number): PlacedProblem[] {
  const problems: PlacedProblem[] = [];
  const anchors = new Set<string>();
  const note = (offset: number | undefined, says: string | undefined) => {
    if (says !== undefined) problems.push({ line: lineAt(offset ?? 0), field: "", says });
  };
  const noteAnchor = ({ anchor }: Node) => void (anchor !== undefined && anchors.add(anchor));
  visit(document, {
    Collection: (_, collection) => noteAnchor(collection),
    Alias: (_, alias) => {
      const known = anchors.has(alias.source);
      note(alias.range?.[0], known ? undefined : `there is no anchor &${alias.source} above this alias`);
    },
    Pair: (_, { key }) => {
      if (isScalar(key)) note(key.range?.[0], memberNameProblem(key));
    },
    Scalar: (_, scalar) => {
      noteAnchor(scalar);
      note(scalar.range?.[0], scalarProblem(scalar));
    },
  });
  return problems;
}

function memberNameProblem(key: Scalar): string | undefined {
  // Hostile: assigning it changes an object's prototype instead of adding a member.
  if (key.value === "__proto__") return "no member may have the name __proto__";
  if (key.value === "<<" && key.type === Scalar.PLAIN) return "merge keys are not read; write the members out";
  return undefined;
}

/** An integer in one of the notations of the core schema. Fractions are rounded by everybody; integers are ids. */
const integer = /^([-+]?\d+|0x[0-9a-fA-F]+|0o[0-7]+)$/;

function scalarProblem({ value, source = "" }: Scalar): string | undefined {
  if (typeof value === "string" && !value.isWellFormed()) return "a text with half a character (a lone surrogate)";
  if (typeof value !== "number") return undefined;
  if (!Number.isFinite(value)) return `JSON has no number ${source}`;
  const exact = Number.isSafeInteger(value) || !integer.test(source);
  return exact ? undefined : `${source} is not exact as a number; put it in quotes`;
}
