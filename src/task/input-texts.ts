import { RunledgerError } from "../errors.ts";
import { likelySpelling } from "./spelling.ts";
import type { InputType, ResolvedTask } from "./task.ts";

/**
 * The values that `texts`, each `NAME=VALUE` as somebody typed it, have by the types that `task` declares. Of a list each
 * text adds one. `{"$env":"NAME"}` is a variable. `INPUT_INVALID` for what is no such text, unknown, or of another type.
 */
export function inputsFromTexts(task: ResolvedTask, texts: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw refusal(task, `an input is NAME=VALUE, not ${JSON.stringify(text)}`);
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    const type = typeOf(task, name);
    const earlier = values[name];
    if (type === "list") values[name] = [...(Array.isArray(earlier) ? earlier : []), value];
    else if (Object.hasOwn(values, name)) throw refusal(task, `input ${name} is given twice`);
    else values[name] = typedValue(task, name, type, value);
  }
  return values;
}

function typeOf(task: ResolvedTask, name: string): InputType {
  const declared = task.inputs ?? {};
  const type = Object.hasOwn(declared, name) ? declared[name]?.type : undefined;
  if (type !== undefined) return type;
  const known = Object.keys(declared);
  const likely = likelySpelling(name, known);
  const others = `its inputs: ${known.length === 0 ? "none" : known.join(", ")}`;
  throw refusal(task, `${task.id} has no input ${name}; ${likely === undefined ? others : `did you mean ${likely}?`}`);
}

const forms: Readonly<Record<string, { readonly pattern: RegExp; readonly words: string }>> = {
  integer: { pattern: /^-?\d{1,15}$/, words: "a whole number" },
  number: { pattern: /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/, words: "a number" },
  boolean: { pattern: /^(true|false)$/, words: "true or false" },
};

function typedValue(task: ResolvedTask, name: string, type: InputType, text: string): unknown {
  const form = forms[type];
  const variable = /^\{\s*"\$env"\s*:\s*"(\w+)"\s*\}$/.exec(text)?.[1];
  if (form === undefined) return variable === undefined ? text : { $env: variable };
  if (form.pattern.test(text)) return JSON.parse(text.replace(/^(-?)0+(?=\d)/, "$1"));
  throw refusal(task, `input ${name} is ${form.words}, not ${JSON.stringify(text)}`);
}

function refusal(task: ResolvedTask, message: string): RunledgerError {
  const [name, input] = Object.entries(task.inputs ?? {})[0] ?? [];
  const example =
    name === undefined ? "The task takes no inputs." : `For example: --input ${name}=${exampleOf(input?.type)}`;
  return new RunledgerError("INPUT_INVALID", message, { hint: example, details: { task_id: task.id } });
}

function exampleOf(type: InputType | undefined): string {
  if (type === "integer" || type === "number") return "3";
  return type === "boolean" ? "true" : "TEXT";
}
