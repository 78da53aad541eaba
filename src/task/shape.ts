import { z } from "zod";
import type { PathPart } from "../idempotency/json-path.ts";
import type { Problem } from "./problem.ts";
import type { SoundParts } from "./rules.ts";
import { expectedFound } from "./shown.ts";
import { type TaskFile, taskSchema } from "./task-schema.ts";

/** A value judged by the schema: the task file if there are no problems, and the parts that have none. */
export interface Shape {
  readonly file: TaskFile | undefined;
  readonly problems: readonly Problem[];
  readonly sound: SoundParts;
}

/** Judges `value` by {@link taskSchema}. */
export function shapeOf(value: unknown): Shape {
  const { data: file, problems } = judged(taskSchema, value);
  if (file !== undefined) return { file, problems, sound: { ...file, agents: file.agents ?? {} } };
  return { file, problems, sound: soundParts(value) };
}

/** A value judged by `schema`: what it says, or what is wrong with it. */
export function judged<Data>(
  schema: z.ZodType<Data>,
  value: unknown,
): { readonly data: Data | undefined; readonly problems: readonly Problem[] } {
  const { success, data, error } = schema.safeParse(value, { error: expectation });
  if (success) return { data, problems: [] };
  return { data: undefined, problems: error.issues.flatMap((issue) => issueProblems(issue, { schema, value }, [])) };
}

type Issue = z.core.$ZodIssue;

interface Judgement {
  readonly schema: z.ZodType;
  readonly value: unknown;
}

function issueProblems(issue: Issue, judgement: Judgement, above: readonly PathPart[]): Problem[] {
  const { schema, value } = judgement;
  const path = [...above, ...(issue.path as PathPart[])];
  if (issue.code === "unrecognized_keys") return unknownFields(issue.keys, schema, path);
  const nested = issue.code === "invalid_union" ? meantAlternative(issue.errors) : undefined;
  if (nested) return nested.flatMap((each) => issueProblems(each, judgement, path));
  if (issue.code === "invalid_key") {
    return [{ path, says: expectedFound(issue.issues[0]?.message ?? "another name", path.at(-1)) }];
  }
  return [valueProblem(issue, valueAt(value, path), path)];
}

function unknownFields(names: readonly string[], schema: z.ZodType, path: readonly PathPart[]): Problem[] {
  const known = fieldsAt(schema, path);
  return names.map((name) => ({ path: [...path, name], says: "unknown field", spelling: { word: name, known } }));
}

/** The alternative whose own type fits, so that only something inside is wrong. */
function meantAlternative(alternatives: readonly Issue[][]): Issue[] | undefined {
  const otherType = (issue: Issue) => issue.code === "invalid_type" && issue.path.length === 0;
  return alternatives.find((issues) => issues.length > 0 && !issues.some(otherType));
}

function valueProblem(issue: Issue, found: unknown, path: readonly PathPart[]): Problem {
  if (found === undefined) return { path, says: `missing: expected ${issue.message}` };
  const textWanted = issue.code === "invalid_union" || issue.message === typeNames.string;
  // YAML reads 8080, true and 1.10 as something else than the text they look like.
  const unquoted = textWanted && (typeof found === "number" || typeof found === "boolean");
  const says = expectedFound(issue.message, found) + (unquoted ? "; put it in quotes" : "");
  if (issue.code !== "invalid_value" || typeof found !== "string") return { path, says };
  return { path, says, spelling: { word: found, known: issue.values.filter((value) => typeof value === "string") } };
}

/** What is expected where the schema does not say it in words of its own. */
function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return typeNames[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(", ")}`;
    case "invalid_format":
      return `a text that matches ${issue.pattern}`;
    case "too_small":
      return issue.origin === "array" ? "a list that is not empty" : sizeExpectation(issue.origin, issue.minimum);
    case "too_big":
      return `at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

function sizeExpectation(origin: string, minimum: number | bigint): string {
  return origin === "string" ? "a text that is not empty" : `at least ${minimum}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a whole number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
};

/** The names that the schema knows at `path`. */
function fieldsAt(root: z.ZodType, path: readonly PathPart[]): string[] {
  let schema: unknown = root;
  for (const part of path) schema = inside(unwrapped(schema, part), part);
  const object = unwrapped(schema);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function inside(schema: unknown, part: PathPart): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[part];
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

/** Without `optional`; of alternatives the list where an item of it is meant, else the one with fields. */
function unwrapped(schema: unknown, part?: PathPart): unknown {
  if (schema instanceof z.ZodOptional) return unwrapped(schema.unwrap(), part);
  if (!(schema instanceof z.ZodUnion)) return schema;
  const wanted = typeof part === "number" ? z.ZodArray : z.ZodObject;
  return schema.options.find((option) => option instanceof wanted);
}

function valueAt(value: unknown, path: readonly PathPart[]): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<PathPart, unknown> | null | undefined)?.[part], value);
}

/** Judged one by one, so that one wrong field does not hide what the rules have to say about the others. */
function soundParts(value: unknown): SoundParts {
  const { id, inputs, agents, snapshot, steps } = taskSchema.shape;
  const written = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const list = Array.isArray(written.steps) ? written.steps : [];
  return {
    id: id.safeParse(written.id).data,
    inputs: inputs.safeParse(written.inputs ?? {}).data,
    agents: agents.safeParse(written.agents ?? {}).data,
    snapshot: snapshot.safeParse(written.snapshot).data,
    steps: list.map((step) => steps.element.safeParse(step).data),
  };
}
