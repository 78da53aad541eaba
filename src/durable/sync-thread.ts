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
 * A thread that does nothing but sync. Node's own pool of threads will not do: what steps do (files, zlib, names of hosts)
 * may hold all of it for as long as it likes, and may even wait for steps to be acknowledged.
 */
class SyncThread {
  /** In the order in which it was asked. */
  readonly #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  #isUp = false;

  constructor() {
    this.#worker = startWorker();
    this.#worker?.on("online", () => {
      this.#isUp = true;
    });
    this.#worker?.on("message", (failure: SyncFailure | undefined) => this.#answered(failure));
    this.#worker?.on("exit", () => this.#ended());
    this.#worker?.unref();
  }

  /** Some 40 ms after it was made, unless threads cannot be had here. */
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
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("the thread that syncs has ended"));
  }
}

function startWorker(): Worker | undefined {
  const file = import.meta.url.endsWith(".ts") ? "./sync-worker.ts" : "./sync-worker.js";
  try {
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

/** One for the process, started by the first who asks; undefined as long as it cannot be used. */
export function syncThread(): SyncThread | undefined {
  thread ??= new SyncThread();
  return thread.isUp ? thread : undefined;
}
