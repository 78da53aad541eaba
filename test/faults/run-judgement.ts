import path from "node:path";
import { type RunLayout, storeLayout } from "../../src/durable/layout.ts";
import { sha256 } from "../../src/idempotency/digest.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { readEntries } from "../../src/ledger/read.ts";
import { readWatermark } from "../../src/ledger/watermark.ts";
import type { RunOutcome } from "../../src/run/session/outcome.ts";
import { checkRun } from "../../src/run/verify/check-run.ts";
import type { StepDocument } from "../../src/runstate/state-schema.ts";
import { type DiskImage, inodeOf, lookUp, walkFiles } from "../simulated/disk-image.ts";
import { extremeStates, volatilePaths } from "../simulated/power-cut.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { type Life, type Promised, runsOn, summary } from "./run-life.ts";
import { type Scenario, store, workspace } from "./run-scenarios.ts";

/** A finished run without what may differ from one time to the next: ids, times, pids, attempts, seq and hashes. */
export interface NormalForm {
  readonly status: string;
  /** Its digest: it may be long. */
  readonly output: string;
  readonly steps: readonly string[];
  readonly receipts: readonly string[];
  /** Left out where other runs may have written since. */
  readonly outputs?: readonly string[];
}

/** The normal form of the run that `life` has finished. */
export function normalForm(scenario: Scenario, life: Life): NormalForm {
  const outcome = outcomeOf(life);
  if (outcome === undefined) throw new Error(`${scenario.name} ${summary(life.settled)}`);
  const { disk } = new SimulatedMachine(life.image).start(9);
  const receipts = storeLayout(store).run(outcome.runId).receiptsOf(outcome.state.task_id);
  const texts = disk.list(receipts).flatMap(({ name }) => {
    const text = Buffer.from(disk.readFile(path.join(receipts, name))).toString();
    return name.endsWith(".ndjson") ? text.split("\n").filter((line) => line !== "") : [text];
  });
  return {
    status: outcome.status,
    output: sha256(JSON.stringify(outcome.output ?? null)),
    steps: outcome.state.steps.map(normalStep).sort(),
    receipts: texts.map((text) => normalReceipt(JSON.parse(text))).sort(),
    outputs: scenario.outputs.map((file) => Buffer.from(disk.readFile(path.join(workspace, file))).toString()),
  };
}

export function normalStep({ step, status, action, key, artifacts, error }: StepDocument): string {
  return JSON.stringify({ step, status, action, key, artifacts, error });
}

export function normalReceipt(receipt: Record<string, unknown>): string {
  const { step, status, action, idempotency_key, snapshot_id, artifacts } = receipt;
  return JSON.stringify({ step, status, action, idempotency_key, snapshot_id, artifacts });
}

/** What is wrong with a run that was finished after a crash. `before` is what had been promised when it was begun anew. */
export function* judge(
  scenario: Scenario,
  expected: string,
  died: DiskImage,
  before: Promised,
  life: Life,
): Generator<string> {
  const outcome = outcomeOf(life);
  if (outcome === undefined) {
    yield `the next life ${summary(life.settled)}`;
    return;
  }
  const { disk } = new SimulatedMachine(life.image).start(9);
  const run = storeLayout(store).run(outcome.runId);
  const entries = [...readEntries(disk, run)];
  yield* judgeLedger(entries, before);
  yield* judgePrefix(run.ledger, died, before, life);
  yield* judgeEffects(scenario, entries, before, life.promised);
  if (expected !== JSON.stringify(normalForm(scenario, life))) {
    yield `ends otherwise: ${JSON.stringify(normalForm(scenario, life))}`;
  }
  yield* judgeStore(life, outcome);
}

function outcomeOf({ settled }: Life): RunOutcome | undefined {
  return settled?.kind === "done" && settled.value.status === "completed" ? settled.value : undefined;
}

function* judgeLedger(entries: readonly LedgerEntry[], { acknowledged }: Promised): Generator<string> {
  const lost = [...acknowledged].filter(([seq, hash]) => entries[seq - 1]?.hash !== hash);
  if (lost.length > 0) yield `acknowledged entries are lost: ${lost.map(([seq]) => seq).join(", ")}`;
}

/** What the next life began with is a byte prefix of what this one had written. It was told of each entry that it added. */
function* judgePrefix(ledger: string, died: DiskImage, before: Promised, life: Life): Generator<string> {
  const added = [...life.promised.acknowledged.keys()].filter((seq) => !before.acknowledged.has(seq));
  const [written, now] = [contentOf(died, ledger), contentOf(life.image, ledger)];
  let end = 0;
  for (let seq = 1; seq < Math.min(...added); seq++) {
    const next = now.indexOf(0x0a, end) + 1;
    if (next === 0) break;
    end = next;
  }
  if (Buffer.compare(now.subarray(0, end), written.subarray(0, end)) !== 0) yield "what was kept is no byte prefix";
}

function* judgeEffects(
  { once }: Scenario,
  entries: readonly LedgerEntry[],
  before: Promised,
  after: Promised,
): Generator<string> {
  for (const step of once) {
    const count = after.effects.filter((effect) => effect.step === step).length;
    if (count !== 1) yield `${step} was done ${count} times`;
  }
  const again = after.effects.slice(before.effects.length);
  for (const entry of entries) {
    if (entry.kind !== "event" || entry.step === undefined || entry.status !== "success") continue;
    const isPromised = before.acknowledged.has(entry.seq);
    if (isPromised && again.some(({ step }) => step === entry.step)) yield `${entry.step} was done again`;
  }
}

/** What locks say, diagnostics and the cache decide nothing. */
const neverSynced = [/\/lock$/, /\/start\.lock$/, /\/stderr\.log( \(entry\))?$/, /\/cache\//];

function* judgeStore(life: Life, outcome: RunOutcome): Generator<string> {
  const run = storeLayout(store).run(outcome.runId);
  const paths = [...walkFiles(life.image, store)].map(([file]) => file);
  const temporaries = paths.filter((file) => file.endsWith(".tmp"));
  if (temporaries.length > 0) yield `temporaries are left: ${temporaries.join(", ")}`;
  const relevant = stillVolatile(life.image, [{ run, hash: outcome.state.head.hash }]);
  if (relevant.length > 0) yield `still volatile: ${relevant.join(", ")}`;
  if (life.machine.medium.locks.size > 0) yield "a lock is still held";
  const runs = runsOn({ disk: life.machine.outside });
  const folders = lookUp(life.image, path.join(store, "runs"));
  const inode = typeof folders === "number" ? inodeOf(life.image, folders) : undefined;
  if (runs.length !== 1 || inode?.kind !== "directory" || inode.entries.size !== 1)
    yield `there are ${runs.length} runs`;
  const { world } = new SimulatedMachine(life.image).start(9);
  const { faults } = checkRun({ world, workspace, store, runId: outcome.runId, artifacts: true });
  for (const fault of faults) yield `verify: ${JSON.stringify(fault)}`;
}

/** What a power cut could still change, of all that decides something. `heads`: those of the runs that have ended. */
export function stillVolatile(image: DiskImage, heads: readonly { run: RunLayout; hash: string }[]): string[] {
  const volatile = volatilePaths(image, workspace).filter((file) => !neverSynced.some((each) => each.test(file)));
  return volatile.filter((file) => {
    const head = heads.find(({ run }) => run.watermark === file);
    return head === undefined || !isNewestDurable(image, head.run, head.hash);
  });
}

/** The slot before the newest may be lost: nobody reads it while the newest is there. */
function isNewestDurable(image: DiskImage, { watermark }: RunLayout, hash: string): boolean {
  return extremeStates(image).every((each) => {
    const { disk } = new SimulatedMachine(each.image).start(9);
    return readWatermark(disk, watermark)?.head.hash === hash;
  });
}

export function contentOf(image: DiskImage, file: string): Buffer {
  const found = lookUp(image, file);
  const inode = typeof found === "number" ? inodeOf(image, found) : undefined;
  return inode?.kind === "file" ? Buffer.from(inode.pages.bytes) : Buffer.alloc(0);
}
