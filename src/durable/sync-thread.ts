import type { Worker } from "node:worker_threads";

/** An error does not survive the way between threads, so its parts are sent. */
export interface SyncFailure {
  /** The errno, e.g. `EIO`. */
  readonly code: string | undefined;
  readonly message: string;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread that does nothing but sync. Node's own pool of threads will not do: what steps do (files, zlib, names of
 * hosts) may hold all of it for as long as it likes, and may even wait for steps to be acknowledged.
 */
class SyncThread {
  /** In the order in which it was asked. */
  readonly #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  #isUp = false;

  constructor() {
    const worker = startWorker();
    this.#worker = worker;
    // Its first message says that its program runs. ("online" comes before that is loaded: a bundle may lack it.)
    worker?.once("message", () => {
      this.#isUp = true;
      worker.on("message", (failure: SyncFailure | undefined) => this.#answered(failure));
    });
    worker?.on("exit", () => this.#ended());
    worker?.unref();
  }

  /** Once its program runs; never, if threads cannot be had here. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Before: it is up. The process stays alive until this is settled. */
  datasync(descriptor: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker?.ref();
      this.#worker?.postMessage(descriptor);
    });
  }

  #answered(failure: SyncFailure | undefined): void {
    const first = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker?.unref();
    if (failure === undefined) first?.resolve();
    else first?.reject(Object.assign(new Error(failure.message), { code: failure.code, syscall: "fdatasync" }));
  }

  /** Nobody ends it. If it has ended all the same, nothing is known of what it was asked for. */
  #ended(): void {
    this.#isUp = false;
    const ended = { code: "ECANCELED", syscall: "fdatasync" };
    for (const { reject } of this.#waiting.splice(0))
      reject(Object.assign(new Error("the thread that syncs has ended"), ended));
  }
}

function startWorker(): Worker | undefined {
  const file = import.meta.url.endsWith(".ts") ? "./sync-worker.ts" : "./sync-worker.js";
  try {
    // Loaders and debuggers of this process are not for it.
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    const worker = new Worker(new URL(file, import.meta.url), { execArgv: [] });
    // What went wrong shows by its end.
    worker.on("error", () => {});
    return worker;
  } catch {
    return undefined;
  }
}

let thread: SyncThread | undefined;
let asked = 0;
/** A process that ends while a thread starts waits for that: who syncs less often is done sooner without. */
const worthStarting = 10;

/** One for the process, started by the tenth who asks; undefined as long as it cannot be used. */
export function syncThread(): SyncThread | undefined {
  asked += 1;
  if (asked >= worthStarting) thread ??= new SyncThread();
  return thread?.isUp ? thread : undefined;
}
