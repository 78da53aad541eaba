import { type MatchChoice, type PlaceOptions, type RunMatch, readRun, systemClock } from "../index.ts";
import type { Output } from "./output.ts";
import { bold } from "./parts.ts";
import type { Choice, Questions } from "./questions.ts";
import { batchText, printSteps } from "./step-table.ts";
import { durationText } from "./times.ts";

/**
 * Asks which of `matches` a start means, with what one has to know to answer. `INTERRUPTED`, `TERMINATED` if a signal
 * answers.
 */
export async function chooseRun(
  output: Output,
  questions: Questions,
  place: PlaceOptions,
  matches: readonly RunMatch[],
): Promise<MatchChoice> {
  const resumes = matches.map((match, index) => resumeChoice(match, index, matches.length));
  const choices: Choice<MatchChoice | "view">[] = [
    ...resumes,
    { letter: "S", label: "[S]tart fresh", value: "fresh" },
    { letter: "V", label: "[V]iew details", value: "view" },
    { letter: "C", label: "[C]ancel", value: "cancel" },
  ];
  return questions.inTurn(async () => {
    for (const match of matches) printMatch(output, place, match);
    for (;;) {
      const choice = (await questions.choose(choices)) ?? "cancel";
      questions.throwIfStopped();
      if (choice !== "view") return choice;
      for (const { runId } of matches) printDetails(output, place, runId);
    }
  });
}

function resumeChoice({ runId }: RunMatch, index: number, count: number): Choice<MatchChoice> {
  if (count === 1) return { letter: "R", label: "[R]esume (recommended)", value: { resume: runId } };
  const number = String(index + 1);
  return { letter: number, label: `[${number}] resume ${runId}`, value: { resume: runId } };
}

const whyOf: Record<RunMatch["why"], string> = {
  unfinished: "is unfinished",
  failed: "finished with failed steps",
  old: "is unfinished and older than a day",
  edited: "is an unfinished run of an earlier version of this task, and would go on with the task as it was",
};

function printMatch(output: Output, place: PlaceOptions, { runId, why, updatedAt }: RunMatch): void {
  const { progress, steps } = readRun({ ...place, runId }).state;
  const percent = progress.total === 0 ? 0 : Math.floor((100 * progress.completed) / progress.total);
  const facts = [
    `${progress.completed} of ${progress.total} steps done (${percent} %)`,
    ...(progress.failed === 0 ? [] : [`${progress.failed} failed`]),
    ...(progress.in_doubt === 0 ? [] : [`${progress.in_doubt} in doubt`]),
    `last entry ${durationText(systemClock.now() - Date.parse(updatedAt))} ago`,
  ];
  output.aside(bold(runId), ` ${whyOf[why]}:`);
  output.aside(`  ${facts.join(", ")}`);
  for (const { step, batch } of steps) if (batch !== undefined) output.aside(`  ${step}: ${batchText(batch)}`);
}

function printDetails(output: Output, place: PlaceOptions, runId: string): void {
  output.line(bold(runId));
  printSteps(output, readRun({ ...place, runId }).state.steps);
}
