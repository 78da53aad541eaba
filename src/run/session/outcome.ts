import { RunledgerError } from "../../errors.ts";
import type { RunState } from "../../runstate/state.ts";
import type { RunStateDocument } from "../../runstate/state-schema.ts";
import type { DriveEnd } from "../command/driver.ts";
import type { OpenRun } from "../command/open-run.ts";

/** How a process's work on a run ended. */
export interface RunOutcome<Output = unknown> {
  readonly runId: string;
  readonly status: "completed" | "failed" | "paused";
  /** What a function returned, as recorded. Undefined unless it completed. */
  readonly output: Output | undefined;
  /** Why it failed outside its steps. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /**
   * Why it paused: `in_doubt`, `decision` (nobody has answered one), `only` (items that were not asked for are left) or
   * `interrupted` (a signal).
   */
  readonly reason: string | undefined;
  /** Steps that failed, steps and items that are in doubt, steps that wait for a decision, or of which items are left. */
  readonly steps: readonly string[];
  /** The steps of a task file whose effect nobody has written. */
  readonly unwrittenEffects: readonly string[];
  /** The directory of the run's receipts. Absolute. */
  readonly receipts: string;
  /** The final run state (schemas/v1/run-state). Of a function's steps it lists 10,000; `progress` counts all. */
  readonly state: RunStateDocument;
  /** 0 completed, 1 failed, 4 a decision is needed, 75 it waits for an agent, 130 interrupted. */
  readonly exitStatus: number;
  /** True if there was nothing to do. */
  readonly wasSettled: boolean;
}

/**
 * The outcome of a run that needs no work: completed, or (`failedToo`) failed with nothing left to try. Undefined if
 * there is work. Throws `RUN_ABORTED`.
 */
export function settledOutcome(run: OpenRun, failedToo = false): RunOutcome | undefined {
  const { state } = run;
  refuseAborted(state);
  if (state.status === "completed") return outcomeOf(run, { kind: "completed", output: run.output() }, true);
  if (!failedToo) return undefined;
  const failed = run.document(false).steps.filter((step) => step.status === "failed");
  return outcomeOf(run, { kind: "failed", failed: failed.map((each) => each.step), blocked: [] }, true);
}

/** `RUN_ABORTED`. */
export function refuseAborted(state: RunState): void {
  if (state.status !== "aborted") return;
  throw new RunledgerError("RUN_ABORTED", `${state.runId} was aborted at ${state.endedAt}`, {
    hint: "An aborted run stays so. Start a new one: runledger run --task …",
    details: { run_id: state.runId },
  });
}

export function outcomeOf(run: OpenRun, end: DriveEnd, wasSettled = false): RunOutcome {
  return {
    runId: run.state.runId,
    status: end.kind,
    output: end.kind === "completed" ? end.output : undefined,
    error: end.kind === "failed" ? end.error : undefined,
    reason: end.kind === "paused" ? end.reason : undefined,
    steps: stepsOf(end),
    unwrittenEffects: run.unwrittenEffects,
    receipts: run.layout.receiptsOf(run.state.taskId),
    state: run.document(false, wasSettled ? run.state.head.seq : undefined),
    exitStatus: exitStatusOf(end),
    wasSettled,
  };
}

function stepsOf(end: DriveEnd): readonly string[] {
  if (end.kind === "completed") return [];
  return end.kind === "failed" ? end.failed : end.steps;
}

function exitStatusOf(end: DriveEnd): number {
  if (end.kind === "completed") return 0;
  if (end.kind === "failed") return 1;
  if (end.reason === "waiting") return 75;
  // Whether the items that were left out are to be done is for somebody to decide.
  return end.reason === "interrupted" ? 130 : 4;
}
