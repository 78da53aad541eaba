import { invariant } from "../../errors.ts";
import { parseJson } from "../../idempotency/parse-json.ts";
import type { Ending } from "../../runstate/state.ts";
import type { OpenRun } from "./open-run.ts";
import { type CommandIdentity, type Ended, terminalEvent } from "./records.ts";
import type { StepEnd, Succeeded, Work } from "./step-command.ts";

type EndedWork = CommandIdentity & Pick<Work, "inputs" | "recordsCommand" | "textsOf">;

/** Before: the command is in flight. After: how it ended is durable, and so is its receipt, unless it is packed. May throw at once. */
export function recordEnd(run: OpenRun, work: EndedWork, attempt: number, ended: Ended): Promise<StepEnd> {
  const call = work.textsOf?.(attempt, ended);
  if (call === undefined) return recordEvent(run, work, attempt, ended);
  // The copy not after the sync: to parse with cold caches takes twice as long.
  return run.appendCall(call, new SucceededCall(run, call.key, { value: parseJson(call.result) }));
}

async function recordEvent(run: OpenRun, work: EndedWork, attempt: number, ended: Ended): Promise<StepEnd> {
  const { action, key: idempotency_key, step } = work;
  const command = work.recordsCommand ? undefined : { action, idempotency_key, inputs: work.inputs, step };
  const entry = await run.append(terminalEvent(run.world, work, attempt, ended, command));
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
  readonly returned: { readonly value: unknown };
  readonly #run: OpenRun;
  readonly #key: string;

  constructor(run: OpenRun, key: string, returned: { readonly value: unknown }) {
    this.returned = returned;
    this.#run = run;
    this.#key = key;
  }

  get ending(): Ending {
    return endingOf(this.#run, this.#key);
  }
}
