import { statfsSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** What the figures were measured on. */
export function machine(directory: string): Record<string, string> {
  return {
    processor: `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    fileSystem: `file system type 0x${statfsSync(directory).type.toString(16)}`,
    node: `Node ${process.version}`,
  };
}
