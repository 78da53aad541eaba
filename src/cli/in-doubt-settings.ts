import { type DoubtChoice, doubtChoices } from "../index.ts";
import type { Given } from "./given.ts";
import { usageError } from "./usage-error.ts";

/** What `--in-doubt STEP=CHOICE` and `--result [STEP=]JSON` say, by step. `USAGE` for what does not fit together. */
export function doubtSettings(
  given: Given<"in-doubt" | "result">,
  onInDoubt: DoubtChoice | "ask" | undefined,
): { inDoubt: Record<string, DoubtChoice>; results: Record<string, unknown> } {
  const inDoubt = choicesOf(given);
  const done = Object.keys(inDoubt).filter((step) => inDoubt[step] === "done");
  const results = Object.fromEntries(given.texts("result").map((text) => resultOf(given, text, done)));
  for (const step of Object.keys(results)) {
    if ((inDoubt[step] ?? onInDoubt) === "done") continue;
    throw usageError(`--result is for a step that is settled as done: add --in-doubt ${step}=done`, given.command);
  }
  return { inDoubt, results };
}

function choicesOf(given: Given<"in-doubt" | "result">): Record<string, DoubtChoice> {
  const choices: Record<string, DoubtChoice> = {};
  for (const text of given.texts("in-doubt")) {
    const at = text.lastIndexOf("=");
    const step = text.slice(0, at);
    if (at < 1) throw usageError(`--in-doubt is STEP=CHOICE, not ${JSON.stringify(text)}`, given.command);
    if (Object.hasOwn(choices, step)) throw usageError(`--in-doubt settles ${step} twice`, given.command);
    choices[step] = given.choice("in-doubt", text.slice(at + 1), doubtChoices);
  }
  return choices;
}

/** No JSON begins like a step's id and `=`. */
const stepAndJson = /^([a-z0-9][a-z0-9_-]*(?:\[[^\]]*\])?)=(.*)$/s;

function resultOf(given: Given<"in-doubt" | "result">, text: string, done: readonly string[]): [string, unknown] {
  const [, named, json] = stepAndJson.exec(text) ?? [];
  const [only, ...others] = done;
  const step = named ?? (others.length === 0 ? only : undefined);
  if (step !== undefined) return [step, given.parsedJson("result", json ?? text)];
  throw usageError("--result is STEP=JSON unless exactly one --in-doubt STEP=done is given", given.command);
}
