import { invariant } from "../../errors.ts";
import type { OpenRun } from "./open-run.ts";
import { type CommandIdentity, type Ended, terminalEvent } from "./records.ts";
import type { StepEnd, Work } from "./step-command.ts";

/** Before: the command is in flight. After: how it ended is durable, and so is its receipt. */
export async function recordEnd(
  run: OpenRun,
  work: CommandIdentity & Pick<Work, "inputs" | "recordsCommand">,
  attempt: number,
  ended: Ended,
): Promise<StepEnd> {
  const { action, key: idempotency_key, inputs, step } = work;
  const command = work.recordsCommand ? undefined : { action, idempotency_key, inputs, step };
  const entry = await run.append(terminalEvent(run.world, work, attempt, ended, command));
  run.receipts.write();
  const ending = run.state.commands.get(work.key)?.ended;
  invariant(ending?.seq === entry.seq, `entry ${entry.seq} ends ${work.step}`);
  run.release(work.key);
  return { kind: ending.status, ending };
}
