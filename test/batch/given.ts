import type { BatchDocument } from "../../src/runstate/state-schema.ts";
import type { Workspace } from "../run/given.ts";

/** A plain command that counts, in `counters/<item>`, how often an item was done, and fails where `bad/<item>` is there. */
export const counting = 'printf x >> "counters/$RUNLEDGER_ITEM"; test ! -e "bad/$RUNLEDGER_ITEM"';

/** Where the items of `step` stand, as `run.json` says. */
export function batchOf(workspace: Workspace, step = "each"): BatchDocument {
  const state = JSON.parse(workspace.read(`.runledger/runs/${workspace.runId()}/run.json`));
  return state.steps.find((each: { step: string }) => each.step === step).batch;
}

/** The items that `step` expanded to, as the ledger says. */
export function expandedTo(workspace: Workspace, step = "each"): unknown[] {
  return workspace
    .events(step)
    .filter(({ event }) => event === "step.expanded")
    .map(({ payload }) => payload["items"]);
}

/** How often each item was sent, by item. */
export function sendings(workspace: Workspace): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of workspace.entries()) {
    if (entry.kind === "command") counts.set(entry.step, (counts.get(entry.step) ?? 0) + 1);
  }
  return counts;
}
