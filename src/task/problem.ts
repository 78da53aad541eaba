import { type ErrorCode, RunledgerError } from "../errors.ts";
import { jsonPath, type PathPart } from "../idempotency/json-path.ts";
import { likelySpelling } from "./spelling.ts";

/** Something that is wrong with a value of a task file. */
export interface Problem {
  readonly path: readonly PathPart[];
  /** What is wrong, without the place. */
  readonly says: string;
  /** What was written and what could have been meant. */
  readonly spelling?: { readonly word: string; readonly known: Iterable<string> };
}

/** A problem with its place in the file; `field` is empty for one of the file as a whole. */
export interface PlacedProblem {
  readonly line?: number | undefined;
  readonly field: string;
  readonly says: string;
}

/** More than these help nobody: one slip at the top of a file can make a thousand. */
const maxShown = 20;

/** Gives each problem its line, in the order of the file; of very many only the first are kept. */
export function placeProblems(problems: readonly Problem[], lineOf: (path: readonly PathPart[]) => number) {
  const placed = problems.map((problem) => ({ ...problem, line: lineOf(problem.path) }));
  return placed.sort((left, right) => left.line - right.line).map(asPlaced);
}

function asPlaced(problem: Problem & { line: number }, index: number): PlacedProblem {
  const field = jsonPath(problem.path).replace(/^\$\.?/, "");
  // Looking for a spelling takes time for each problem, and nobody reads what is not shown.
  const { word, known } = (index < maxShown && problem.spelling) || { word: "", known: [] };
  const likely = likelySpelling(word, known);
  return { line: problem.line, field, says: problem.says + (likely ? `; did you mean \`${likely}\`?` : "") };
}

/** The refusal of a task file: every problem a line `<file>:<line>: <field>: <what is wrong>`, and in `details.problems`. */
export function taskRefusal(code: ErrorCode, file: string, problems: readonly PlacedProblem[]): RunledgerError {
  const lines = problems.slice(0, maxShown).map((problem) => printed(file, problem));
  const more = problems.length > maxShown ? [`${file}: … and ${problems.length - maxShown} more`] : [];
  return new RunledgerError(code, [...lines, ...more].join("\n"), {
    hint: `Correct the file, then check it: runledger validate --task ${file}`,
    details: {
      file,
      problems: problems
        .slice(0, maxShown)
        .map(({ line, field, says }) => ({ line: line ?? null, field, problem: says })),
      count: problems.length,
    },
  });
}

function printed(file: string, { line, field, says }: PlacedProblem): string {
  return [line === undefined ? file : `${file}:${line}`, field, says].filter((part) => part !== "").join(": ");
}
