import type { DriveOptions, RunOutcome } from "../index.ts";
import { answerDecision } from "./answer-decision.ts";
import { decideDoubt } from "./decide-doubt.ts";
import type { Given } from "./given.ts";
import { Interruption } from "./interruption.ts";
import { LiveView } from "./live-view.ts";
import type { Output } from "./output.ts";
import { yellow } from "./parts.ts";
import { placeOf } from "./place.ts";
import { canAsk, Questions } from "./questions.ts";
import { printSummary } from "./summary.ts";

/** The options that `run` and `resume` have in common. */
export type DriveName =
  | "workspace"
  | "store"
  | "concurrency"
  | "only"
  | "grace"
  | "flush-retries"
  | "no-wait"
  | "no-input";

/**
 * Drives a run by `work` with everything that a person has of it: the live view, questions (`undefined` where there is
 * nobody to ask), signals, the summary. The exit status.
 */
export async function drive(
  given: Given<DriveName>,
  output: Output,
  work: (options: DriveOptions, questions: Questions | undefined) => Promise<RunOutcome>,
): Promise<number> {
  const place = placeOf(given);
  const { graceSeconds, flushRetries, concurrency } = numbersOf(given);
  const view = new LiveView(output, place);
  const interruption = new Interruption((signal) => {
    const rest = view.somethingRuns
      ? `; running steps have ${graceSeconds} s to end by themselves; once more ends them now`
      : "";
    output.line(yellow(`${signal}: nothing more is started${rest}`));
  });
  const questions = new Questions(output, interruption.stop.signal);
  const asked = canAsk(output, given.has("no-input")) ? questions : undefined;
  try {
    const outcome = await work(
      {
        ...place,
        concurrency,
        flushRetries,
        only: given.text("only"),
        noWait: given.has("no-wait"),
        graceMs: graceSeconds * 1000,
        signal: interruption.stop.signal,
        killSignal: interruption.kill.signal,
        onEntry: (entry) => view.see(entry),
        onNotice: ({ message }) => output.lines(message),
        answer: asked && ((question) => answerDecision(output, asked, question)),
        decide: asked && ((question) => decideDoubt(output, asked, question)),
      },
      asked,
    );
    if (output.json) output.document(outcome.state);
    printSummary(output, given, outcome);
    return exitStatusOf(outcome, interruption);
  } finally {
    questions.close();
    interruption.release();
  }
}

/** A signal counts where it kept something from being done. */
function exitStatusOf({ status, exitStatus }: RunOutcome, interruption: Interruption): number {
  return status === "paused" ? (interruption.exitStatus ?? exitStatus) : exitStatus;
}

/** The numbers among the options; a dry run refuses them as a real one does. */
export function numbersOf(given: Given<"grace" | "flush-retries" | "concurrency">) {
  return {
    graceSeconds: given.number("grace", 0, 86_400) ?? 10,
    flushRetries: given.wholeNumber("flush-retries", 0, 10),
    concurrency: given.wholeNumber("concurrency", 1, 1000),
  };
}
