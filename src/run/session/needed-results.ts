import { invariant } from "../../errors.ts";
import { resultDigest } from "../../idempotency/result-digest.ts";
import type { EventEntry } from "../../ledger/entry.ts";
import { readEntries } from "../../ledger/read.ts";
import type { Artifact } from "../../protocol/fields.ts";
import { commandOfStep } from "../../runstate/state.ts";
import { itemRef } from "../../task/items.ts";
import type { StepContext } from "../command/step-context.ts";

/** The digest of what `step`, which has succeeded, came to: a part of the keys of the steps that need it. */
export function digestOf(context: StepContext, step: string): string {
  const { run } = context;
  if (run.state.batches.has(step)) return batchDigest(context, step);
  const command = commandOfStep(run.state, step);
  invariant(command?.ended !== undefined, `${step} has ended`);
  return endingDigest(context, command.action, command.ended);
}

/**
 * Of a batch: as of a step without artifacts whose result is the list of `[item, its own digest]` in the order of the
 * list. Results of items are not remembered, so they are read once from the ledger.
 */
function batchDigest(context: StepContext, step: string): string {
  const { run } = context;
  const { state, world, layout } = run;
  const digests = new Map<string, string>();
  for (const entry of readEntries(world.disk, layout, false)) {
    if (entry.kind !== "event" || !entry.step?.startsWith(`${step}[`)) continue;
    const command = commandOfStep(state, entry.step);
    if (command?.ended?.seq === entry.seq) digests.set(entry.step, endingDigest(context, command.action, entry));
  }
  const items = run.recorded(state.batches.get(step)?.items) as string[];
  const result = items.map((item) => {
    const digest = digests.get(itemRef(step, item));
    invariant(digest !== undefined, `${itemRef(step, item)} has succeeded`);
    return [item, digest];
  });
  return resultDigest({ result, status: "success" });
}

type Ended = Pick<EventEntry, "payload"> & { readonly artifacts?: unknown; readonly status?: string | undefined };

function endingDigest({ run }: StepContext, action: string, ended: Ended): string {
  const payload = run.recorded(ended.payload) as Record<string, unknown>;
  const { usage: _, ...withoutUsage } = payload;
  const result = action === "exec" ? (payload["result"] ?? null) : withoutUsage;
  const artifacts = run.recorded(ended.artifacts ?? []) as Artifact[];
  return resultDigest({ artifacts, result, status: "success" });
}
