import type { RunView } from "../index.ts";
import type { Output } from "./output.ts";
import { bold, type Part, yellow } from "./parts.ts";
import { printItems, printSteps, statusPart } from "./step-table.ts";
import { printFacts } from "./table.ts";
import { countText } from "./times.ts";

/** The line of a head. */
export function headText({ seq, hash }: RunView["state"]["head"]): string {
  return `entry ${countText(seq)}, ${hash}`;
}

/** A run's status as people see it: one that nobody works on is not running, whatever its last entry says. */
export function standing(status: string, alive: boolean): Part {
  return status === "running" && !alive ? yellow("interrupted (no live owner)") : statusPart(status);
}

/** `3/6`, with what stands in the way. */
export function progressText(progress: RunView["state"]["progress"]): string {
  const { completed, total, failed, in_doubt: inDoubt } = progress;
  const others = [...(failed === 0 ? [] : [`${failed} failed`]), ...(inDoubt === 0 ? [] : [`${inDoubt} in doubt`])];
  return [`${countText(completed)}/${countText(total)}`, ...others].join(", ");
}

/** The facts of a run that `status` and `show` begin with. */
export function runFacts({ state, alive, owner }: RunView): Record<string, Part | undefined> {
  const { pid, host, started_at: since } = owner ?? {};
  return {
    run: bold(state.run_id),
    task: state.task_id,
    status: standing(state.status, alive),
    reason: state.reason,
    error: state.error && `${state.error.code}: ${state.error.message}`,
    "worked on by": alive ? `process ${pid} on ${host}, since ${since}` : undefined,
    "steps done": progressText(state.progress),
    workspace: state.workspace,
    started: state.started_at,
    "last entry": state.updated_at,
  };
}

/** The document of `status --run`, `show --run`: the run state and what a reader knows besides. */
export function viewDocument({ state, alive, owner, notes }: RunView): Record<string, unknown> {
  return { version: 1, alive, ...(owner && { owner }), notes, state };
}

/** Facts of a run, notes on it, and its steps. */
export function printOverview(
  output: Output,
  { notes, state }: RunView,
  facts: Record<string, Part | undefined>,
): void {
  printFacts(output, facts);
  printNotes(output, notes);
  output.line("");
  printSteps(output, state.steps);
  for (const step of state.steps) printItems(output, step);
}

/** Each note on a line of its own. */
export function printNotes(output: Output, notes: readonly string[]): void {
  for (const note of notes) output.line(yellow("note: "), note);
}
