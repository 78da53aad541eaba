import { invariant } from "../../errors.ts";
import type { TaskAgent } from "../../task/task.ts";
import { AgentSeat } from "./agent-seat.ts";
import type { StepContext } from "./step-context.ts";

/** The agents of one process of a run, by name. */
export class AgentSeats {
  readonly #context: StepContext;
  readonly #agents: Readonly<Record<string, TaskAgent<string>>>;
  readonly #seats = new Map<string, AgentSeat>();

  constructor(context: StepContext, agents: Readonly<Record<string, TaskAgent<string>>>) {
    this.#context = context;
    this.#agents = agents;
  }

  /** The seat of an agent that the task declares. */
  of(name: string): AgentSeat {
    const known = this.#seats.get(name);
    if (known !== undefined) return known;
    const agent = this.#agents[name];
    invariant(agent !== undefined, `agent ${name} is declared`);
    const seat = new AgentSeat(this.#context, name, agent);
    this.#seats.set(name, seat);
    return seat;
  }

  /** After: no agent is left, and the ledger says how each ended. */
  async close(): Promise<void> {
    await Promise.all([...this.#seats.values()].map((seat) => seat.close()));
  }
}
