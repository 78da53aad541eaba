import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { PathPart } from "../idempotency/json-path.ts";
import { checkExpansion } from "./expansion.ts";
import { jsonSyntaxProblem } from "./json-syntax.ts";
import { type PlacedProblem, taskRefusal } from "./problem.ts";
import { nodeProblems } from "./yaml-nodes.ts";

/** The value of a file, and where its parts stand. */
export interface SourceDocument {
  readonly value: unknown;
  /** The line, from 1, of the value at `path`, or of what is nearest above it. */
  lineOf(path: readonly PathPart[]): number;
}

/**
 * Reads YAML 1.2 with the core schema (dates and `yes` are texts, there are no merge keys), or JSON if the name ends in
 * `.json`. Refused with `TASK_INVALID`: what is no such text, several documents, duplicate members, and all that JSON
 * cannot say.
 */
export function readDocument(text: string, file: string): SourceDocument {
  const refuseIfAny = (problems: PlacedProblem[]) => {
    if (problems.length > 0) throw taskRefusal("TASK_INVALID", file, problems);
  };
  if (file.endsWith(".json")) refuseIfAny(jsonSyntaxProblem(text));
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  refuseIfAny(syntaxProblems(document, lineAt));
  refuseIfAny(nodeProblems(document, lineAt));
  const value: unknown = document.toJS({ maxAliasCount: -1 });
  refuseIfAny(checkExpansion(value));
  return { value, lineOf: (path) => lineAt(offsetOf(document.contents, path)) };
}

/** Warnings count too: unknown tags and directives would otherwise change what was meant without a word. */
function syntaxProblems({ errors, warnings, contents }: Document.Parsed, lineAt: (offset: number) => number) {
  if (contents === null && errors.length === 0) return [{ field: "", says: "the file is empty" }];
  const problems = new Map<number, PlacedProblem>();
  for (const { code, message, pos } of [...errors, ...warnings]) {
    const line = lineAt(pos[0]);
    // What else is wrong on the line mostly follows from it.
    if (!problems.has(line)) problems.set(line, { line, field: "", says: sentences[code] ?? message });
  }
  return [...problems.values()];
}

const sentences: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: "a text with a colon needs quotes, a nested member a line of its own",
  DUPLICATE_KEY: "the same member stands here a second time",
  MULTIPLE_DOCS: "a second document begins; a file holds one task",
  NON_STRING_KEY: "names of members are texts",
  RESOURCE_EXHAUSTION: "nested too deep",
  TAG_RESOLVE_FAILED: "tags are not read; write the plain value",
};

function offsetOf(root: Node | null, path: readonly PathPart[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const part of path) {
    const next = childOf(node, part);
    if (next === undefined) break;
    node = next.node;
    offset = next.offset ?? offset;
  }
  return offset;
}

/** What an alias stands for is not looked into: the line of the alias is where to look. */
function childOf(node: unknown, part: PathPart): { node: unknown; offset: number | undefined } | undefined {
  if (isSeq<Node>(node)) {
    const item = node.items[Number(part)];
    return item && { node: item, offset: item.range?.[0] };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
  return pair && { node: pair.value, offset: pair.key.range?.[0] };
}
