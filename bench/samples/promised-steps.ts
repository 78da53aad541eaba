import { hash } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import path from "node:path";
import { inLanes, type TimedSteps } from "../lanes.ts";
import { groupsOf, type PlainLedger, plainLedger } from "../plain-ledger.ts";
import type { Measures } from "../row.ts";
import { smallResult } from "../small-result.ts";

/**
 * The steps of `plain-steps`, and on top, in as few lines, what the promises cannot do without: what is given and returned is
 * looked through to be JSON with its names in order, and copied for whoever gets it; a step that runs, has run, or is
 * called twice is known; each step is awaited by itself, begins a turn later, and hears of a failure; receipts are whole.
 */
export async function sample(input: TimedSteps): Promise<Measures> {
  const { steps, warmUp, atATime } = input;
  const promised = new PromisedSteps(input.directory, atATime);
  const take = (n: number) => promised.step("work", { n }, () => smallResult(n));
  await inLanes({ steps: warmUp, atATime }, take);
  const start = performance.now();
  await inLanes({ steps, atATime, first: warmUp }, take);
  return { ms: performance.now() - start };
}

class PromisedSteps {
  readonly #ledger: PlainLedger;
  readonly #wait: (commit: () => void) => Promise<void>;
  readonly #receipts: number;
  #waiting = "";
  readonly #used = new Set<string>();
  readonly #running = new Map<string, Promise<string>>();
  readonly #ended = new Map<string, number>();

  constructor(directory: string, atATime: number) {
    this.#ledger = plainLedger(directory);
    this.#wait = atATime === 1 ? async (commit) => commit() : groupsOf();
    this.#receipts = openSync(path.join(directory, "receipts"), "a");
  }

  async step(step: string, inputs: object, work: (attempt: object) => unknown): Promise<unknown> {
    const own = checkedText(inputs);
    const key = `ik:${hash("sha256", `call\nbench\nnone\n{"$runledger":{"step":"${step}"},${own.slice(1)}\n[]`, "hex")}`;
    if (this.#used.has(key) || this.#ended.has(key)) throw new Error(`${step} is called a second time`);
    this.#used.add(key);
    const performed = this.#perform(step, key, own, work);
    this.#running.set(key, performed);
    try {
      return JSON.parse(await performed);
    } finally {
      this.#running.delete(key);
    }
  }

  async #perform(step: string, key: string, own: string, work: (attempt: object) => unknown): Promise<string> {
    await undefined;
    const text = checkedText(await work({ key, attempt: 1, inputs: JSON.parse(own) }));
    const line = this.#ledger.line(step, key, own, text);
    await this.#wait(this.#ledger.commit);
    this.#ended.set(key, line.seq);
    this.#receipt(step, key, line);
    return text;
  }

  #receipt(
    step: string,
    key: string,
    { seq, at, entryHash, messageId, correlationId }: ReturnType<PlainLedger["line"]>,
  ) {
    this.#waiting +=
      `{"action":"call","artifacts":[],"attempt":1,"correlation_id":"${correlationId}","created_at":"${at}",` +
      `"entry_hash":"${entryHash}","events":["${messageId}"],"idempotency_key":"${key}","n":${seq},"run_id":"run",` +
      `"seq":${seq},"snapshot_id":"none","status":"success","step":"${step}","task_id":"bench","version":1}\n`;
    if (seq % 256 !== 0) return;
    writeSync(this.#receipts, this.#waiting);
    this.#waiting = "";
  }
}

/** `value` as text. Throws if it is no JSON, or its names are in another order than canonical JSON has them. */
function checkedText(value: unknown): string {
  check(value, 0);
  return JSON.stringify(value);
}

function check(value: unknown, depth: number): void {
  if (typeof value === "string" || typeof value === "boolean" || value === null || Number.isFinite(value)) return;
  if (typeof value !== "object" || depth > 250) throw new Error("no JSON");
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) throw new Error("no JSON");
  let before = "";
  for (const [name, member] of Object.entries(value)) {
    if (name < before || name.startsWith("$")) throw new Error("no canonical JSON");
    check(member, depth + 1);
    before = name;
  }
}
