import type { Readable, Writable } from "node:stream";
import type { Disk } from "../durable/disk.ts";
import { type Host, nodeHost } from "../durable/host.ts";
import { nodeDisk } from "../durable/node-disk.ts";
import { type Clock, type Randomness, systemClock, systemRandomness } from "../ports.ts";

/** Everything that an agent meets outside of itself. */
export interface Surroundings {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly host: Host;
  readonly parentPid: number;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Resident memory in bytes. */
  memoryBytes(): number;
  /** Calls `action` when the process is asked to end (SIGTERM), instead of its end. */
  onTerminate(action: () => void): void;
  /** Ends the process. */
  exit(status: number): void;
}

/** This process. */
export const nodeSurroundings: Surroundings = {
  disk: nodeDisk,
  clock: systemClock,
  randomness: systemRandomness,
  host: nodeHost,
  parentPid: process.ppid,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  memoryBytes: () => process.memoryUsage.rss(),
  onTerminate: (action) => void process.on("SIGTERM", action),
  exit: (status) => process.exit(status),
};
