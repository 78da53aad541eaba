import { type SeatWait, waitingPayload } from "./agent-seat.ts";
import type { OpenRun } from "./open-run.ts";
import { runEvent } from "./records.ts";

/** Before: nobody knows that the run waits. After: until when is durable, and a resume waits for no more than the rest. */
export async function sayWaiting(run: OpenRun, wait: SeatWait): Promise<void> {
  const { waiting } = run.state;
  if (waiting?.until === wait.until && waiting.agent === wait.agent) return;
  await run.append(runEvent(run.world, run.state, "run.waiting", waitingPayload(wait)));
}
