import fs from "node:fs";
import type { RunStateDocument } from "../../src/runstate/state-schema.ts";
import type { Workspace } from "./given.ts";

/**
 * What the one run of a workspace came to, without what may differ between two runs of the same work: ids, times, pids,
 * attempts, seq and hashes. Receipts by step: that of its last attempt, for a crash may take the place of a failure.
 */
export function normalForm(workspace: Workspace): object {
  const state = JSON.parse(fs.readFileSync(workspace.runFile("run.json"), "utf8")) as RunStateDocument;
  const { task_id, task_digest, snapshot_id, snapshot_digest, status, progress } = state;
  const steps = state.steps.map(({ step, status, action, key, artifacts, error, blocked_by, terminal, batch }) => ({
    ...{ step, status, action, key, artifacts, error, blocked_by },
    event: terminal?.event,
    batch: batch && { ...batch, failures: batch.failures.map(({ item, code }) => `${item}: ${code}`).sort() },
  }));
  const last = new Map(workspace.receipts().map((receipt) => [receipt.idempotency_key, receipt]));
  const receipts = [...last.values()].map(({ step, status, action, idempotency_key, snapshot_id, artifacts }) => ({
    ...{ step, status, action, idempotency_key, snapshot_id, artifacts },
  }));
  return {
    state: { task_id, task_digest, snapshot_id, snapshot_digest, status, progress },
    steps: steps.sort(byStep),
    receipts: receipts.sort(byStep),
  };
}

function byStep(a: { step: string }, b: { step: string }): number {
  return a.step < b.step ? -1 : Number(a.step > b.step);
}
