import type { RunOutcome } from "../index.ts";
import type { Given } from "./given.ts";
import type { Output } from "./output.ts";
import { bold, dim, green, type Part, red, yellow } from "./parts.ts";
import { nextCommand } from "./place.ts";
import { batchText } from "./step-table.ts";
import { between, countText } from "./times.ts";
import { waitText } from "./wait-text.ts";

/** How a process's work on a run ended, for a person: what was done, what was not, and what to type next. */
export function printSummary(output: Output, given: Given<"workspace" | "store">, outcome: RunOutcome): void {
  const { runId, state, receipts, unwrittenEffects } = outcome;
  output.line("");
  output.line(bold(runId), " ", headline(outcome));
  output.line(`  ${countsOf(outcome)}`);
  for (const { step, batch } of state.steps) if (batch !== undefined) output.line(`  ${step}: ${batchText(batch)}`);
  output.line(dim("  duration: "), between(state.started_at, state.updated_at));
  output.line(dim("  receipts: "), receipts);
  if (unwrittenEffects.length > 0) {
    output.line(dim("  effect not written, taken as idempotent: "), unwrittenEffects.join(", "));
  }
  if (outcome.error !== undefined) output.line(red(`  ${outcome.error.code}: ${outcome.error.message}`));
  printNext(output, given, outcome);
}

function headline({ status, reason, state, wasSettled }: RunOutcome): Part {
  if (status === "completed") return green(wasSettled ? "has completed already; nothing was done" : "completed");
  if (status === "failed") return red(wasSettled ? "has failed; nothing was done" : "failed");
  if (reason === "waiting") return yellow(`paused: ${waitText(state.waiting)}`);
  if (reason === "only") return yellow("paused: what was asked for is done, other items are left");
  return yellow(reason === "interrupted" ? "paused: it was interrupted" : "paused: somebody has to decide");
}

function countsOf({ state }: RunOutcome): string {
  const { total, completed, failed, blocked, in_doubt: inDoubt, pending, skipped } = state.progress;
  const reused = state.steps.filter(({ status, outcome }) => status === "completed" && outcome === "reused").length;
  const others = { failed, blocked, skipped, "in doubt": inDoubt, pending };
  const named = Object.entries(others).filter(([name, count]) => count > 0 || name === "failed" || name === "blocked");
  const counts = [
    `${countText(completed - reused)} performed`,
    `${countText(reused)} reused`,
    ...named.map(([name, count]) => `${countText(count)} ${name}`),
  ];
  return `${countText(completed)} of ${countText(total)} steps done: ${counts.join(", ")}`;
}

function printNext(output: Output, given: Given<"workspace" | "store">, outcome: RunOutcome): void {
  const { runId, status, reason, steps } = outcome;
  const next = (...words: string[]) => output.line(dim("Next: "), nextCommand(given, ...words));
  if (status === "completed") next("show", "--run", runId);
  else if (status === "failed") printAfterFailure(outcome, next);
  else if (reason === "interrupted" || reason === "only" || reason === "waiting") next("resume", "--run", runId);
  else {
    if (reason === "in_doubt") {
      output.line(yellow(`In doubt: ${steps.join(", ")}. CHOICE is done (it happened), retry, skip or fail.`));
      next("resume", "--run", runId, ...steps.flatMap((step) => ["--in-doubt", `${step}=CHOICE`]));
    }
    for (const step of outcome.state.steps) printQuestion(output, step, next, runId);
  }
}

/** What to type for a decision that nobody has answered. */
function printQuestion(
  output: Output,
  { step, status, decision, decided }: RunOutcome["state"]["steps"][number],
  next: (...words: string[]) => void,
  runId: string,
): void {
  if (decision === undefined || decided !== undefined || status !== "pending") return;
  output.line(yellow(`${step} waits for a decision:`));
  output.lines(decision.prompt, "  ");
  for (const { id, description } of decision.options)
    output.line("  CHOICE ", id, dim(description === undefined ? "" : `  ${description}`));
  next("decide", "--run", runId, "--step", step, "--choose", "CHOICE");
}

/** A failed step is looked at, then tried again. What was skipped is tried again only where somebody says so. */
function printAfterFailure({ runId, steps: [failed], state }: RunOutcome, next: (...words: string[]) => void): void {
  const skipped = state.steps.filter(({ status }) => status === "skipped");
  if (failed === undefined && skipped.length > 0) {
    next("resume", "--run", runId, ...skipped.flatMap(({ step }) => ["--in-doubt", `${step}=retry`]));
    return;
  }
  const [item] = state.steps.find(({ step }) => step === failed)?.batch?.failures ?? [];
  const looked = item === undefined ? failed : `${failed}[${item.item}]`;
  if (looked !== undefined) next("logs", "--run", runId, "--step", looked);
  next("resume", "--run", runId, "--retry-failed");
}
