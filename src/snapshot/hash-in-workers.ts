import { nodeDisk } from "../durable/node-disk.ts";
import { type HashMany, hashBatch, hashInline, type OnHashed } from "./hash-many.ts";
import { type HashThread, startHashThread } from "./hash-thread.ts";

/** Starting two threads costs as much as hashing about this many small files, or this many bytes. */
const worthFiles = 500;
const worthBytes = 16 * 1024 * 1024;
const threadCount = 2;

/**
 * On this machine's disk, large jobs in two threads: asynchronous file calls are several times slower than
 * synchronous ones for small files, and these would stop the event loop.
 */
export const hashInWorkers: HashMany = async (root, batches, onHashed) => {
  const queue = batches[Symbol.iterator]();
  const first = takeFiles(queue, worthFiles);
  const paths = first.flat();
  if (paths.length >= worthFiles) return hashInLanes(root, chain(first, queue), onHashed);
  if (isLarge(root, paths)) return hashInLanes(root, inSmallBatches(paths), onHashed);
  return hashInline(nodeDisk)(root, first, onHashed);
};

/** Batches with this many files, or with all that there are. */
function takeFiles(queue: Iterator<readonly string[]>, files: number): (readonly string[])[] {
  const taken: (readonly string[])[] = [];
  for (let count = 0; count < files; ) {
    const { value, done } = queue.next();
    if (done) break;
    taken.push(value);
    count += value.length;
  }
  return taken;
}

function* chain<Item>(first: readonly Item[], rest: Iterator<Item>): Generator<Item> {
  yield* first;
  for (let next = rest.next(); !next.done; next = rest.next()) yield next.value;
}

function isLarge(root: string, paths: readonly string[]): boolean {
  if (paths.length < 2) return false;
  const sizes = paths.map((path) => nodeDisk.stat(`${root}/${path}`)?.sizeBytes ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0) >= worthBytes;
}

/** Small enough that both threads end at nearly the same time, also with a few large files. */
function inSmallBatches(paths: readonly string[]): (readonly string[])[] {
  const size = Math.ceil(paths.length / 32);
  return Array.from({ length: Math.ceil(paths.length / size) }, (_, index) =>
    paths.slice(index * size, (index + 1) * size),
  );
}

/** A thread that ends a batch finds the next one waiting. */
const lanesEach = 2;

async function hashInLanes(root: string, batches: Iterable<readonly string[]>, onHashed: OnHashed): Promise<void> {
  const queue = numbered(batches);
  const threads = Array.from({ length: threadCount }, startHashThread);
  try {
    const lanes = threads.flatMap((thread) => Array.from({ length: lanesEach }, () => lane(thread)));
    for (const settled of await Promise.allSettled(lanes)) {
      if (settled.status === "rejected") throw settled.reason;
    }
  } finally {
    for (const thread of threads) thread.stop();
  }

  /** Takes batch after batch from the queue that all lanes share, which ends with the first refusal. */
  async function lane(thread: HashThread): Promise<void> {
    for (const { first, paths } of queue) {
      // A thread that cannot be used leaves its work to this one.
      onHashed(first, (await thread.hash(root, paths)) ?? hashBatch(nodeDisk, root, paths));
    }
  }
}

function* numbered(batches: Iterable<readonly string[]>): Generator<{ first: number; paths: readonly string[] }> {
  let first = 0;
  for (const paths of batches) {
    yield { first, paths };
    first += paths.length;
  }
}
