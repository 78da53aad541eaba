import type { MessagePort } from "node:worker_threads";

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
  readonly #port: MessagePort | undefined;
  #isUp = false;

  constructor() {
    this.#port = startWorker(() => this.#ended());
    this.#port?.on("message", (message) => this.#hear(message));
    this.#port?.unref();
  }

  /** Once its program runs; never, if threads cannot be had here. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Before: it is up. The process stays alive until this is settled. */
  datasync(descriptor: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#port?.ref();
      this.#port?.postMessage(descriptor);
    });
  }

  /** Its first message says that its program runs: "online" comes before that is loaded, and a bundle may lack it. */
  #hear(message: "up" | SyncFailure | undefined): void {
    if (message === "up") this.#isUp = true;
    else this.#answered(message);
  }

  #answered(failure: SyncFailure | undefined): void {
    const first = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#port?.unref();
    if (failure === undefined) first?.resolve();
    else first?.reject(Object.assign(new Error(failure.message), { code: failure.code, syscall: "fdatasync" }));
  }

  /** Nobody ends it. If it has ended all the same, nothing is known of what it was asked for. */
  #ended(): void {
    this.#isUp = false;
    this.#port?.close();
    const ended = { code: "ECANCELED", syscall: "fdatasync" };
    for (const { reject } of this.#waiting.splice(0))
      reject(Object.assign(new Error("the thread that syncs has ended"), ended));
  }
}

/** Our end of a channel to it, on which nobody else speaks. */
function startWorker(onEnd: () => void): MessagePort | undefined {
  const { MessageChannel, Worker } = process.getBuiltinModule("node:worker_threads");
  const { port1, port2 } = new MessageChannel();
  try {
    const file = import.meta.url.endsWith(".ts") ? "./sync-worker.ts" : "./sync-worker.js";
    // Loaders, debuggers and NODE_OPTIONS of this process are not for it.
    const bare = { execArgv: [], env: {} };
    const worker = new Worker(new URL(file, import.meta.url), { ...bare, workerData: port2, transferList: [port2] });
    // What went wrong shows by its end.
    worker.on("error", () => {});
    worker.on("exit", onEnd);
    worker.unref();
    return port1;
  } catch {
    port1.close();
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
