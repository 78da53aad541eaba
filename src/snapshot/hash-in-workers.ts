import { availableParallelism } from "node:os";
import { nodeDisk } from "../durable/node-disk.ts";
import { systemClock } from "../ports.ts";
import { type Batch, type HashMany, hashBatch, hashInline, type OnFacts } from "./hash-many.ts";
import { type HashThread, startHashThread } from "./hash-thread.ts";

/** Starting a thread costs as much as reading so many small files, or so many bytes, */
const worthFiles = 500;
const worthBytes = 16 * 1024 * 1024;
/** and reading a file as much as looking at some that are as they are on record: more, as threads of that gain less. */
const looksEach = 200;

const mostThreads = 2;
/** What this thread reads: a large file would stop its event loop. */
const mostBytes = 256 * 1024;

/**
 * On this machine's disk, large jobs in several threads, of which this is one: asynchronous file calls are several times
 * slower for small files than synchronous ones. The event loop gets its turn after each batch.
 */
export const hashInWorkers: HashMany = async (root, batches, onFacts, filesOnRecord) => {
  const queue = batches[Symbol.iterator]();
  const begun = begin(root, queue, onFacts, worthFiles - filesOnRecord / looksEach);
  if (begun.isEnough) return hashInLanes(root, chain(begun.unread, queue), onFacts);
  const large = begun.unread.flatMap((batch) => hashHere(root, batch, onFacts).large);
  if (isWorthThreads(root, large)) return hashInLanes(root, large.flatMap(oneByOne), onFacts);
  return hashInline(nodeDisk)(root, large, onFacts, 0);
};

/** Looks at what is on record, and gathers what has to be read, until there is enough work for threads, or no more. */
function begin(root: string, queue: Iterator<Batch>, onFacts: OnFacts, enough: number) {
  const unread: Batch[] = [];
  let work = 0;
  while (work < enough) {
    const { value: batch, done } = queue.next();
    if (done) return { unread, isEnough: false };
    if (batch.known === undefined) {
      unread.push(batch);
      work += batch.paths.length;
    } else {
      const { read, large } = hashHere(root, batch, onFacts);
      unread.push(...large);
      work += read.length + batch.paths.length / looksEach;
    }
  }
  return { unread, isEnough: true };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function* chain(first: readonly Batch[], rest: Iterator<Batch>): Generator<Batch> {
  yield* first;
  for (let next = rest.next(); !next.done; next = rest.next()) yield next.value;
}

/** In this thread: what was read. The large files are left, in one batch or none. */
function hashHere(root: string, batch: Batch, onFacts: OnFacts): { read: readonly number[]; large: Batch[] } {
  const facts = hashBatch(nodeDisk, root, batch, mostBytes);
  onFacts(batch, facts);
  return { read: facts.read, large: facts.large.length === 0 ? [] : [partOf(batch, facts.large)] };
}

function partOf({ paths, numbers }: Batch, places: readonly number[]): Batch {
  return { paths: places.map((place) => paths[place] ?? ""), numbers: places.map((place) => numbers[place] ?? 0) };
}

function isWorthThreads(root: string, batches: readonly Batch[]): boolean {
  const paths = batches.flatMap((batch) => batch.paths);
  return sum(paths.map((path) => nodeDisk.stat(`${root}/${path}`)?.sizeBytes ?? 0)) >= worthBytes;
}

function oneByOne(batch: Batch): Batch[] {
  return batch.paths.map((_, place) => partOf(batch, [place]));
}

/** A thread that ends a batch finds the next one waiting. */
const lanesEach = 3;

async function hashInLanes(root: string, batches: Iterable<Batch>, onFacts: OnFacts): Promise<void> {
  // One iterator for all lanes; it ends with the first refusal.
  const queue = chain([], batches[Symbol.iterator]());
  const count = Math.max(1, Math.min(mostThreads, availableParallelism() - 1));
  const threads = Array.from({ length: count }, startHashThread);
  try {
    const lanes = threads.flatMap((thread) => Array.from({ length: lanesEach }, () => lane(thread)));
    for (const settled of await Promise.allSettled([...lanes, ownLane()])) {
      if (settled.status === "rejected") throw settled.reason;
    }
  } finally {
    for (const thread of threads) thread.stop();
  }

  async function lane(thread: HashThread): Promise<void> {
    for (const batch of queue) await hashBy(thread, batch);
  }

  /** Of this thread, with another for what is large. */
  async function ownLane(): Promise<void> {
    let helper: HashThread | undefined;
    for (const batch of queue) {
      for (const large of hashHere(root, batch, onFacts).large) {
        helper ??= added(threads, startHashThread());
        await hashBy(helper, large);
      }
      await new Promise<void>((resolve) => systemClock.soon(resolve));
    }
  }

  /** A thread that cannot be used leaves its work to this one. */
  async function hashBy(thread: HashThread, batch: Batch): Promise<void> {
    onFacts(batch, (await thread.hash(root, batch)) ?? hashBatch(nodeDisk, root, batch));
  }
}

function added<Item>(list: Item[], item: Item): Item {
  list.push(item);
  return item;
}
