import { RunledgerError } from "../../errors.ts";
import { refuseUnknownOptions } from "../function/known-options.ts";
import type { DriveOptions, ResumeOptions, RunOptions } from "./options.ts";

/**
 * What an option has to be, if it is there: what the compiler would say, told to callers in JavaScript. Anything: who uses it
 * says more of it.
 */
type Kind = "a text" | "a number" | "true or false" | "a function" | "an object" | "an AbortSignal" | "anything";

const optionKinds: Readonly<Record<keyof (RunOptions & ResumeOptions), Kind>> = {
  workspace: "a text",
  store: "a text",
  signal: "an AbortSignal",
  killSignal: "an AbortSignal",
  graceMs: "a number",
  concurrency: "anything",
  onEntry: "a function",
  onNotice: "a function",
  flushRetries: "anything",
  decide: "a function",
  answer: "a function",
  noWait: "true or false",
  world: "an object",
  only: "a text",
  input: "anything",
  snapshot: "anything",
  noResume: "true or false",
  choose: "a function",
  runId: "a text",
  retryFailed: "true or false",
  onInDoubt: "a text",
  inDoubt: "an object",
  results: "an object",
  onDrift: "a text",
};

/** Before anything is done. Throws `USAGE`. */
export function checkOptions(options: DriveOptions): void {
  if (!is(options, "an object")) throw wrong("the options are not an object");
  refuseUnknownOptions(options, Object.keys(optionKinds), "run and resume");
  for (const [name, given] of Object.entries(options)) {
    const kind = optionKinds[name as keyof typeof optionKinds];
    if (given !== undefined && !is(given, kind)) throw wrong(`the option ${name} is ${kind}, not ${shown(given)}`);
  }
}

/** `USAGE` for what is no task. */
export function checkTask(task: unknown): void {
  if (is(task, "an object") && ("kind" in (task as object) || "steps" in (task as object))) return;
  throw wrong("the first argument is not a task");
}

function is(given: unknown, kind: Kind): boolean {
  switch (kind) {
    case "a text":
      return typeof given === "string";
    case "a number":
      return typeof given === "number";
    case "true or false":
      return typeof given === "boolean";
    case "a function":
      return typeof given === "function";
    case "an object":
      return typeof given === "object" && given !== null && !Array.isArray(given);
    case "an AbortSignal":
      return is(given, "an object") && "aborted" in (given as object) && "addEventListener" in (given as object);
    case "anything":
      return true;
  }
}

function shown(given: unknown): string {
  return given === null ? "null" : Array.isArray(given) ? "a list" : `of type ${typeof given}`;
}

function wrong(what: string): RunledgerError {
  return new RunledgerError("USAGE", what, {
    hint: 'run(defineTask("name", async ({ step }) => …), { workspace: "." }), or run(await loadTask("release"))',
  });
}
