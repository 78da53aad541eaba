import type { EventRecord } from "../../ledger/entry.ts";
import { waitingPayload } from "../command/agent-seat.ts";
import type { DriveEnd } from "../command/driver.ts";
import type { OpenRun } from "../command/open-run.ts";
import { runEvent } from "../command/records.ts";
import { outcomeOf, type RunOutcome } from "./outcome.ts";

/** Before: all work of this process has ended. After: all receipts and the final entry are durable. */
export async function finish(run: OpenRun, end: DriveEnd): Promise<RunOutcome> {
  await run.end(endEvent(run, end));
  return outcomeOf(run, end);
}

function endEvent({ world, state }: OpenRun, end: DriveEnd): EventRecord {
  switch (end.kind) {
    case "completed": {
      const payload = end.output === undefined ? {} : { output: end.output };
      return runEvent(world, state, "run.completed", payload, "completed");
    }
    case "failed": {
      const { failed, blocked, error } = end;
      return runEvent(world, state, "run.failed", { blocked, ...(error && { error }), failed }, "failed");
    }
    case "paused":
      return runEvent(world, state, "run.paused", pausedPayload(end), "paused");
  }
}

function pausedPayload({ reason, steps, wait }: DriveEnd & { kind: "paused" }): Record<string, unknown> {
  return { reason, steps, ...(wait === undefined ? {} : { waiting: waitingPayload(wait) }) };
}
