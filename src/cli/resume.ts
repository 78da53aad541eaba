import { doubtChoices, planResume, type ResumeOptions, resume } from "../index.ts";
import { defineCommand } from "./command.ts";
import { driveOptions, jsonOption, placeOptions } from "./common-options.ts";
import { drive, numbersOf } from "./drive.ts";
import type { Given } from "./given.ts";
import { doubtSettings } from "./in-doubt-settings.ts";
import { placeOf } from "./place.ts";
import { showPlan } from "./plan-view.ts";

export const command = defineCommand({
  name: "resume",
  summary: "go on with a run: what was finished is not done again",
  options: {
    run: { value: "ID", says: "the run", required: true },
    "retry-failed": { says: "failed steps are tried again" },
    "on-in-doubt": {
      value: "CHOICE",
      says: "what to do with steps of effect once that are in doubt: ask, done, retry, skip, fail",
      otherwise: "ask; with nobody to ask the run pauses",
    },
    "in-doubt": { value: "STEP=CHOICE", says: "the same for one step: done, retry, skip, fail", repeatable: true },
    result: { value: "[STEP=]JSON", says: "the result of a step that is settled as done", repeatable: true },
    "on-drift": {
      value: "CHOICE",
      says: "what to do if files are not as the run left them: fail, warn, ignore",
      otherwise: "fail",
    },
    ...placeOptions,
    ...driveOptions,
    ...jsonOption,
  },
  word: "run",
  notes: [
    "done: it happened; retry: do it again; skip: do without it and what needs it; fail: it failed.\nWith --json the document is the final run state (schemas/v1/run-state).",
  ],
  examples: [
    "runledger resume --run run-20261121-070000-0a1b2c3d",
    "runledger resume --run run-20261121-070000-0a1b2c3d --retry-failed",
    `runledger resume --run run-20261121-070000-0a1b2c3d --in-doubt publish=done --result '{"url":"https://…"}'`,
    "runledger resume --run run-20261121-070000-0a1b2c3d --retry-failed --only 'docs/*.md'",
    "runledger resume --run run-20261121-070000-0a1b2c3d --on-drift warn",
  ],
  async perform(given, output) {
    const asked: ResumeOptions = {
      ...placeOf(given),
      runId: given.required("run"),
      only: given.text("only"),
      retryFailed: given.has("retry-failed"),
      onDrift: given.oneOf("on-drift", ["fail", "warn", "ignore"]),
      ...settingsOf(given),
    };
    numbersOf(given);
    if (given.has("dry-run")) return showPlan(output, await planResume(asked));
    return drive(given, output, (options) => resume({ ...options, ...asked }));
  },
});

function settingsOf(given: Given<"on-in-doubt" | "in-doubt" | "result">) {
  const onInDoubt = given.oneOf("on-in-doubt", ["ask", ...doubtChoices]);
  return { onInDoubt, ...doubtSettings(given, onInDoubt) };
}
