import type { OutputStream } from "./output.ts";

// For standard output alone: what must survive a crash goes through Disk. Not by import, for which Node would list all
// names first.
const fs = process.getBuiltinModule("node:fs");

const descriptors = { stdout: 1, stderr: 2 } as const;

/**
 * stdout or stderr for a command that has nothing else to do while somebody reads what it says. A pipe, socket or file is
 * written to without a stream of Node, which takes as long to make as a run takes to read. A terminal gets one.
 */
export function openDescriptor(name: "stdout" | "stderr"): OutputStream {
  const stat = fs.fstatSync(descriptors[name]);
  const isPlain = stat.isFIFO() || stat.isSocket() || stat.isFile();
  return isPlain && process.platform !== "win32" ? new Descriptor(name) : process[name];
}

class Descriptor implements OutputStream {
  readonly #name: "stdout" | "stderr";
  #failed: (error: Error) => void = () => {};
  /** From when on the descriptor has not taken all at once. */
  #stream: OutputStream | undefined;

  constructor(name: "stdout" | "stderr") {
    this.#name = name;
  }

  on(_event: "error", listener: (error: Error) => void): void {
    this.#failed = listener;
  }

  write(content: string | Uint8Array, done: () => void = () => {}): void {
    const left = this.#stream === undefined ? this.#writeNow(Buffer.from(content)) : content;
    if (left.length === 0) done();
    else this.#takeStream().write(left, done);
  }

  /** What was not taken: a pipe that somebody has made non-blocking may be full. */
  #writeNow(bytes: Uint8Array): Uint8Array {
    let written = 0;
    try {
      while (written < bytes.length) written += fs.writeSync(descriptors[this.#name], bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return bytes.subarray(written);
      this.#failed(error as Error);
    }
    return new Uint8Array();
  }

  #takeStream(): OutputStream {
    if (this.#stream === undefined) {
      this.#stream = process[this.#name];
      this.#stream.on("error", this.#failed);
    }
    return this.#stream;
  }
}
