import type { Disk } from "./disk.ts";
import { nodeDisk } from "./node-disk.ts";

/** The machine and the process, as far as runs need to know them. */
export interface Host {
  readonly pid: number;
  readonly hostname: string;
  readonly platform: string;
  /** Changes with every boot of the machine; `unknown` where the system does not tell. */
  readonly bootId: string;
  /** The environment that children inherit and secrets are found in. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The current directory. */
  readonly directory: string;
}

/** This process on this machine. Read when asked: tests and embedders may change the environment. */
export const nodeHost: Host = {
  pid: process.pid,
  get hostname() {
    return readLine(nodeDisk, "/proc/sys/kernel/hostname") ?? process.env["HOSTNAME"] ?? "unknown";
  },
  platform: process.platform,
  get bootId() {
    return readLine(nodeDisk, "/proc/sys/kernel/random/boot_id") ?? "unknown";
  },
  get environment() {
    return process.env;
  },
  get directory() {
    return process.cwd();
  },
};

function readLine(disk: Disk, path: string): string | undefined {
  try {
    return Buffer.from(disk.readFile(path)).toString().trim() || undefined;
  } catch {
    return undefined;
  }
}
