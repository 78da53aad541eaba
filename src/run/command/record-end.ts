import { invariant } from "../../errors.ts";
import type { Ending } from "../../runstate/state.ts";
import type { OpenRun } from "./open-run.ts";
import { type CommandIdentity, type Ended, terminalEvent } from "./records.ts";
import type { StepEnd, Succeeded, Work } from "./step-command.ts";

/** Before: the command is in flight. After: how it ended is durable, and so is its receipt, unless it is packed. */
export async function recordEnd(
  run: OpenRun,
  work: CommandIdentity & Pick<Work, "inputs" | "recordsCommand" | "textsOf">,
  attempt: number,
  ended: Ended,
): Promise<StepEnd> {
  const call = work.textsOf?.(attempt, ended);
  if (call !== undefined) {
    await run.appendCall(call);
    run.receipts.write();
    return new SucceededCall(run, call.key, call.result);
  }
  const { action, key: idempotency_key, step } = work;
  const command = work.recordsCommand ? undefined : { action, idempotency_key, inputs: work.inputs, step };
  const entry = await run.append(terminalEvent(run.world, work, attempt, ended, command));
  run.receipts.write();
  const ending = endingOf(run, work.key);
  invariant(ending.seq === entry.seq, `entry ${entry.seq} ends ${work.step}`);
  return ending.status === "success" ? { kind: "success", ending } : { kind: "failed", ending };
}

function endingOf(run: OpenRun, key: string): Ending {
  const ending = run.state.commands.get(key)?.ended;
  invariant(ending !== undefined, `what has just ended is in the run state: ${key}`);
  return ending;
}

/** Its ending is made for who asks. */
class SucceededCall implements Succeeded {
  readonly kind = "success";
  readonly result: string;
  readonly #run: OpenRun;
  readonly #key: string;

  constructor(run: OpenRun, key: string, result: string) {
    this.result = result;
    this.#run = run;
    this.#key = key;
  }

  get ending(): Ending {
    return endingOf(this.#run, this.#key);
  }
}
