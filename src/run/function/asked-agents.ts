import type { AgentSeat, SeatWait } from "../command/agent-seat.ts";
import { AgentSeats } from "../command/agent-seats.ts";
import { perform } from "../command/perform.ts";
import { sleep } from "../command/restart-delay.ts";
import { sayWaiting } from "../command/say-waiting.ts";
import type { StepEnd, Work } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import type { FunctionTask } from "./define-task.ts";

/** A clock that jumps ahead ends a wait: it is looked at so often. */
const lookEveryMs = 60_000;

/** How an agent's command ended; `waiting`: it was not asked, and nobody wants to wait until it may be. */
export type AskEnd = StepEnd | { readonly kind: "waiting"; readonly wait: SeatWait };

/** The agents that a function asks: each does one command at a time, in the order in which it was asked. */
export class AskedAgents {
  readonly #context: StepContext;
  readonly #seats: AgentSeats;
  /** When the seat is free again. */
  readonly #turns = new Map<AgentSeat, Promise<unknown>>();

  constructor(context: StepContext, agents: FunctionTask["agents"]) {
    this.#context = context;
    this.#seats = new AgentSeats(context, agents);
  }

  of(agent: string): AgentSeat {
    return this.#seats.of(agent);
  }

  perform(work: Work, seat: AgentSeat): Promise<AskEnd> {
    const turn = (this.#turns.get(seat) ?? Promise.resolve()).then(() => this.#performNow(work, seat));
    const over = turn.catch(() => {});
    this.#turns.set(seat, over);
    return turn;
  }

  /** After: no agent is left, and the ledger says how each ended. */
  close(): Promise<void> {
    return this.#seats.close();
  }

  async #performNow(work: Work, seat: AgentSeat): Promise<AskEnd> {
    const { run, policy } = this.#context;
    for (;;) {
      const end = await perform(run, work, policy);
      if (end.kind !== "deferred") return end;
      for (let { wait } = seat; wait !== undefined && !policy.stop.aborted; { wait } = seat) {
        if (policy.noWait) return { kind: "waiting", wait };
        await sayWaiting(run, wait);
        await sleep(run.world.clock, Math.min(wait.leftMs, lookEveryMs), policy.stop);
      }
    }
  }
}
