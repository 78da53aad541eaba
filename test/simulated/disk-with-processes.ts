import type { DirectoryEntry, FileStat } from "../../src/durable/disk.ts";
import { systemError } from "./faults.ts";
import type { ProcessTable } from "./process-table.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

/** A disk below which `/proc` tells of the processes of the machine, as Linux does. That never fails, and is no call of the disk. */
export class DiskWithProcesses extends SimulatedDisk {
  readonly #processes: ProcessTable;
  readonly #self: number;

  constructor(processes: ProcessTable, self: number, ...disk: ConstructorParameters<typeof SimulatedDisk>) {
    super(...disk);
    this.#processes = processes;
    this.#self = self;
  }

  override stat(file: string): FileStat | undefined {
    if (!file.startsWith("/proc/")) return super.stat(file);
    if (this.#textOf(file) === undefined) return undefined;
    return { kind: "file", sizeBytes: 0, mode: 0o400, inode: 0, modifiedMs: 0, changedMs: 0 };
  }

  override list(directory: string): DirectoryEntry[] {
    if (directory !== "/proc") return super.list(directory);
    return this.#processes.all.map(({ pid }) => ({ name: String(pid), kind: "directory", utf8: true }));
  }

  override readFile(file: string): Uint8Array {
    if (!file.startsWith("/proc/")) return super.readFile(file);
    const text = this.#textOf(file);
    if (text === undefined) throw systemError("ENOENT", { name: "readFile", path: file });
    return Buffer.from(text);
  }

  #textOf(file: string): string | undefined {
    const [, , name = "", what = ""] = file.split("/");
    const pid = name === "self" ? this.#self : Number(name);
    const found = this.#processes.all.find((each) => each.pid === pid);
    if (found === undefined) return undefined;
    if (what === "environ")
      return Object.entries(found.env)
        .map(([key, value]) => `${key}=${value}\0`)
        .join("");
    return what === "stat" ? `${pid} (simulated) S ${found.parent} ${pid} ${pid} 0` : undefined;
  }
}
