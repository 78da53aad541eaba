import type { StepDocument } from "../index.ts";
import type { Output } from "./output.ts";
import { dim, type Part } from "./parts.ts";
import { countText, durationText } from "./times.ts";

interface Progress {
  readonly step: string;
  readonly total: number;
  completed: number;
  /** Those of earlier processes that are not known by name. */
  failedBefore: number;
  readonly failed: Set<string>;
  skipped: number;
  /** Of this process: how many items have ended, and since when. */
  ended: number;
  sinceMs: number | undefined;
  saidPercent: number;
}

const percentStep = 5;
const refreshEveryMs = 1000;

/** Says how far the items of a run are: at every 5 %, and at a terminal once a second in between. */
export class BatchProgress {
  readonly #output: Output;
  readonly #batches = new Map<string, Progress>();
  #refreshedMs = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
  }

  /** A list of items has just been made. */
  expanded(step: string, total: number): void {
    this.#batches.set(step, {
      ...{ step, total, completed: 0, failedBefore: 0, failed: new Set(), skipped: 0, ended: 0 },
      ...{ sinceMs: undefined, saidPercent: 0 },
    });
    this.#output.line("· ", step, dim(`  ${itemsText(total)}`));
  }

  /** A batch that an earlier process began. */
  known({ step, batch }: StepDocument): void {
    if (batch === undefined) return;
    const { total, completed, failed, failures, skipped } = batch;
    const byName = new Set(failures.map(({ item }) => `${step}[${item}]`));
    const progress: Progress = {
      ...{ step, total, completed, skipped, ended: 0, sinceMs: undefined, saidPercent: 0 },
      ...{ failed: byName, failedBefore: failed - byName.size },
    };
    progress.saidPercent = steppedPercent(progress);
    this.#batches.set(step, progress);
    if (completed < total) this.#output.line("· ", step, dim(`  ${doneText(progress)}`));
  }

  /** Whether `ref` names an item of a batch that is known. */
  isItem(ref: string): boolean {
    return this.#of(ref) !== undefined;
  }

  /** An item was sent: it no longer counts as failed. */
  sent(ref: string, at: string): void {
    const progress = this.#of(ref);
    if (progress === undefined) return;
    progress.sinceMs ??= Date.parse(at);
    progress.failed.delete(ref);
  }

  ended(ref: string, failed: boolean, at: string): void {
    const progress = this.#of(ref);
    if (progress === undefined) return;
    if (failed) progress.failed.add(ref);
    else progress.completed += 1;
    progress.ended += 1;
    this.#say(progress, Date.parse(at));
  }

  #say(progress: Progress, nowMs: number): void {
    const percent = steppedPercent(progress);
    if (percent > progress.saidPercent) {
      progress.saidPercent = percent;
      this.#output.line("· ", ...lineOf(progress, nowMs));
    } else if (nowMs - this.#refreshedMs >= refreshEveryMs) {
      this.#refreshedMs = nowMs;
      this.#output.passing("· ", ...lineOf(progress, nowMs));
    }
  }

  #of(ref: string): Progress | undefined {
    const at = ref.indexOf("[");
    return at < 0 ? undefined : this.#batches.get(ref.slice(0, at));
  }
}

/** The last multiple of 5 % that was reached: comparing it finds every crossing, however far one step leads. */
function steppedPercent(progress: Progress): number {
  return Math.floor(percentOf(progress) / percentStep) * percentStep;
}

function percentOf(progress: Progress): number {
  return progress.total === 0 ? 100 : Math.min(100, (doneOf(progress) / progress.total) * 100);
}

function doneOf({ completed, failed, failedBefore, skipped }: Progress): number {
  return completed + failed.size + failedBefore + skipped;
}

function lineOf(progress: Progress, nowMs: number): Part[] {
  const { step, total, ended, sinceMs } = progress;
  const seconds = Math.max(nowMs - (sinceMs ?? nowMs), 1) / 1000;
  const rate = ended / seconds;
  const left = total - doneOf(progress);
  const ahead = left > 0 && rate > 0 ? `, ${durationText((left / rate) * 1000)} left` : "";
  return [step, dim(`  ${Math.floor(percentOf(progress))} %, ${doneText(progress)}, ${rateText(rate)}${ahead}`)];
}

function doneText(progress: Progress): string {
  const failed = progress.failed.size + progress.failedBefore;
  const others = failed === 0 ? "" : `, ${countText(failed)} failed`;
  return `${countText(doneOf(progress))} of ${itemsText(progress.total)}${others}`;
}

function rateText(rate: number): string {
  return rate >= 10 ? `${countText(Math.round(rate))}/s` : `${rate.toFixed(1)}/s`;
}

/** `1 item`, `1,234 items`. */
export function itemsText(count: number): string {
  return count === 1 ? "1 item" : `${countText(count)} items`;
}
