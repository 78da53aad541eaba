import type { Disk } from "../durable/disk.ts";
import { errnoOf } from "../errors.ts";
import { ownersVariable, tokensIn } from "./environment.ts";

/** What is known of one process. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parentId: number;
  readonly groupId: number;
}

/** The processes of this machine, as Linux tells them in /proc. */
export class ProcessTable {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** False where there is no /proc (macOS). */
  get supported(): boolean {
    return this.#disk.stat("/proc/self/environ") !== undefined;
  }

  /** The living processes whose environment carries `token` (see `runToken`); those of other users are not seen. */
  carrying(token: string): ProcessFacts[] {
    return this.#pids()
      .filter((pid) => this.carries(pid, token))
      .flatMap((pid) => this.facts(pid) ?? []);
  }

  /** All tokens that living processes carry. */
  tokens(): Set<string> {
    return new Set(this.#pids().flatMap((pid) => this.#tokensOf(pid)));
  }

  /** The environment as it was when the process was started; forks have it too, zombies have none. */
  carries(pid: number, token: string): boolean {
    return this.#tokensOf(pid).includes(token);
  }

  /** Undefined if the process is gone. */
  facts(pid: number): ProcessFacts | undefined {
    const stat = this.#read(pid, "stat");
    if (stat === undefined) return undefined;
    // The name of the program stands in parentheses, and may contain parentheses and spaces.
    const [, parentId, groupId] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, parentId: Number(parentId), groupId: Number(groupId) };
  }

  /** `pid` and all it descends from, the nearest first. */
  lineage(pid: number): ProcessFacts[] {
    const lineage: ProcessFacts[] = [];
    for (let next = this.facts(pid); next !== undefined; next = this.facts(next.parentId)) {
      lineage.push(next);
      if (next.parentId <= 0) break;
    }
    return lineage;
  }

  #pids(): number[] {
    const names = this.#disk.list("/proc").map((entry) => entry.name);
    return names.filter((name) => /^[0-9]+$/.test(name)).map(Number);
  }

  #tokensOf(pid: number): string[] {
    const variables = this.#read(pid, "environ")?.split("\0") ?? [];
    const owners = variables.find((variable) => variable.startsWith(`${ownersVariable}=`));
    return tokensIn(owners?.slice(ownersVariable.length + 1));
  }

  #read(pid: number, name: "environ" | "stat"): string | undefined {
    try {
      return Buffer.from(this.#disk.readFile(`/proc/${pid}/${name}`)).toString();
    } catch (error) {
      if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(errnoOf(error) ?? "")) return undefined;
      throw error;
    }
  }
}
