import path from "node:path";
import { storeLayout } from "../../src/durable/layout.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { lookUp } from "../simulated/disk-image.ts";
import type { SeededRandom } from "../simulated/seeded-random.ts";
import type { AgentConduct } from "../simulated/simulated-agent.ts";
import type { SimulatedMachine } from "../simulated/simulated-world.ts";
import { type DrawnStep, oneOf } from "./drawn-task.ts";
import { contentOf } from "./run-judgement.ts";
import { store, workspace } from "./run-scenarios.ts";

/** A process of runledger in a story. */
export interface Actor {
  readonly pid: number;
  readonly isActive: () => boolean;
}

/**
 * What lies outside of every disk and lasts through every power cut: what was done, what was promised, and how reliable
 * programs are at the moment. It notices at once what may never happen.
 */
export class DrawnWorld {
  readonly problems: string[] = [];
  /** run id → seq → hash of the entries that were acknowledged. */
  readonly acknowledged = new Map<string, Map<number, string>>();
  machine: SimulatedMachine;
  /** While it is false, programs do what they should. */
  unreliable = false;
  readonly #random: SeededRandom;
  readonly #done: { readonly runId: string; readonly step: string; readonly key: string }[] = [];
  readonly #succeeded = new Set<string>();
  /** step → the run that wrote its file last, and those that found it finished since then and left it alone. */
  readonly #writers = new Map<string, Set<string>>();
  readonly #owners = new Map<string, Actor>();

  constructor(machine: SimulatedMachine, random: SeededRandom) {
    this.machine = machine;
    this.#random = random;
  }

  /** The effect of a step. No power cut undoes it. */
  perform(step: DrawnStep, runId: string, key: string): void {
    if (this.#succeeded.has(`${runId} ${step.id}`)) this.problems.push(`${step.id} was done again after its success`);
    if (step.by === "agent" && this.#agentsAreVolatile(runId))
      this.problems.push("an agent's directory is not durable");
    this.#done.push({ runId, step: step.id, key });
    if (step.writes) this.#produce(step, runId);
  }

  isDone(runId: string, key: string): boolean {
    return this.#done.some((each) => each.runId === runId && each.key === key);
  }

  timesDone(runId: string, step: string): number {
    return this.#done.filter((each) => each.runId === runId && each.step === step).length;
  }

  /**
   * What is known of the file of a step: `promised` if a success of the run that wrote it last was acknowledged, or of one
   * that left it as it was. What an earlier run has left there is no more, as soon as another begins to write; what that
   * one has written is nobody's promise before its success.
   */
  outputState(step: string): "none" | "in doubt" | "promised" {
    const writers = this.#writers.get(step);
    if (writers === undefined) return "none";
    return [...writers].some((runId) => this.#succeeded.has(`${runId} ${step}`)) ? "promised" : "in doubt";
  }

  /** Somebody removes a file that a step is to make anew: whoever has written it, it is nobody's promise any more. */
  remove(file: string): void {
    if (this.machine.outside.stat(file) !== undefined) this.machine.outside.unlink(file);
    this.#writers.set(path.basename(file, ".txt"), new Set());
  }

  /** How a step behaves this time. */
  conduct(step: DrawnStep): AgentConduct {
    const workMs = this.#random.below(3) * 20;
    if (!this.unreliable || this.#random.below(2) === 0) return { manner: step.failing ? "fails" : "sound", workMs };
    const manner = oneOf(this.#random, manners);
    return { manner: step.failing && !/before|fails/.test(manner) ? "fails" : manner, workMs };
  }

  /** `actor` was told that an entry is durable. */
  acknowledge(actor: Actor, runId: string, entry: LedgerEntry): void {
    const owner = this.#owners.get(runId);
    if (owner !== undefined && owner !== actor && owner.isActive()) {
      this.problems.push(`${actor.pid} writes to the run of ${owner.pid}`);
    }
    this.#owners.set(runId, actor);
    const known = this.acknowledged.get(runId) ?? new Map<number, string>();
    if (known.has(entry.seq)) this.problems.push(`entry ${entry.seq} is acknowledged twice`);
    this.acknowledged.set(runId, known.set(entry.seq, entry.hash));
    if (entry.kind === "event" && entry.status === "success" && entry.step !== undefined) {
      this.#succeeded.add(`${runId} ${entry.step}`);
    }
  }

  #agentsAreVolatile(runId: string): boolean {
    const worker = storeLayout(store).run(runId).agent("worker");
    const { image } = this.machine;
    const pending = new Set(image.pendingEntries.flatMap(({ parts }) => parts.map(({ inode }) => inode)));
    return [worker, path.dirname(worker)].some((each) => pending.has(lookUp(image, each) as number));
  }

  #produce(step: DrawnStep, runId: string): void {
    const file = path.join(workspace, outputOf(step));
    const content = Buffer.from(contentBy(step));
    const writers = this.#writers.get(step.id);
    if (step.keeps && writers !== undefined && contentOf(this.machine.image, file).equals(content)) {
      writers.add(runId);
      return;
    }
    this.#writers.set(step.id, new Set([runId]));
    const handle = this.machine.outside.open(file, "lock");
    handle.truncate(0);
    handle.write(content, 0);
    handle.close();
  }
}

/** Where a step writes, relative to the workspace. */
export function outputOf(step: DrawnStep): string {
  return `out/${step.id}.txt`;
}

/** What a step writes there. */
export function contentBy({ id }: Pick<DrawnStep, "id">): string {
  return `made by ${id}\n`;
}

const manners: readonly AgentConduct["manner"][] = [
  ...(["fails", "hangs before", "hangs after", "dies before", "dies after"] as const),
  ...(["dies mid-line", "rubbish", "lingers"] as const),
];
