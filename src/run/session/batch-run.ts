import { type BatchState, commandOfStep } from "../../runstate/state.ts";
import { itemRef } from "../../task/items.ts";
import type { WorkStep } from "../../task/task.ts";
import type { StepEnd } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import { isToBeSent, nextOfStep } from "./next-of-step.ts";
import type { EndKind } from "./settled.ts";

/**
 * One process's work on the items of a step: hands out those that are to be done, in the order of the recorded list, and
 * says in the end what that came to. What was done is passed over, whatever process did it.
 */
export class BatchRun {
  readonly step: WorkStep;
  readonly #context: StepContext;
  readonly #items: readonly string[];
  #at = 0;
  /** Items that were taken and not done, because their agent is not to be asked for a time. */
  readonly #returned: string[] = [];
  #inFlight = 0;
  /** Items that failed and stay so: those of earlier processes, then those of this one. */
  #failures: number;
  #skipped = 0;
  #paused = 0;
  /** Items that `only` left out. */
  #left = 0;

  constructor(context: StepContext, step: WorkStep, batch: BatchState) {
    this.#context = context;
    this.step = step;
    this.#items = context.run.recorded(batch.items) as string[];
    this.#failures = [...batch.failed].filter((command) => nextOfStep(context, step, command) === "failed").length;
  }

  /** The next item to be done; undefined if there is none, or none may be started any more. Follow with {@link ended} or {@link giveBack}. */
  take(): string | undefined {
    if (this.#hasTooManyFailures) return undefined;
    const item = this.#returned.shift() ?? this.#nextItem();
    if (item !== undefined) this.#inFlight += 1;
    return item;
  }

  /** Instead of {@link ended}: the item is to be taken again. */
  giveBack(item: string): void {
    this.#inFlight -= 1;
    this.#returned.push(item);
  }

  ended({ kind }: StepEnd): void {
    this.#inFlight -= 1;
    if (kind === "failed") this.#failures += 1;
    if (kind === "skipped") this.#skipped += 1;
    if (kind === "paused") this.#paused += 1;
  }

  /** What the step came to in this process, once {@link take} has nothing more; undefined as long as items run. */
  get end(): EndKind | undefined {
    if (this.#inFlight > 0) return undefined;
    if (this.#paused > 0) return "paused";
    if (this.#left > 0 && !this.#hasTooManyFailures) return "left";
    if (this.#failures > 0) return "failed";
    return this.#skipped > 0 ? "skipped" : "success";
  }

  get #hasTooManyFailures(): boolean {
    return this.#failures >= (this.step.max_failures ?? Number.POSITIVE_INFINITY);
  }

  #nextItem(): string | undefined {
    while (this.#at < this.#items.length) {
      const item = this.#items[this.#at] ?? "";
      this.#at += 1;
      if (this.#isToBeDone(item)) return item;
    }
    return undefined;
  }

  #isToBeDone(item: string): boolean {
    const { run, policy } = this.#context;
    const next = nextOfStep(this.#context, this.step, commandOfStep(run.state, itemRef(this.step.id, item)));
    if (next === "skipped") this.#skipped += 1;
    if (!isToBeSent(next)) return false;
    if (policy.only === undefined || policy.only(item)) return true;
    this.#left += 1;
    return false;
  }
}
