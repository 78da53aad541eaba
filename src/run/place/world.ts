import { nodeProcesses } from "../../agent/node-processes.ts";
import type { Processes } from "../../agent/processes.ts";
import type { Disk } from "../../durable/disk.ts";
import { type Host, nodeHost } from "../../durable/host.ts";
import { nodeDisk } from "../../durable/node-disk.ts";
import { type Clock, type Randomness, systemClock, systemRandomness } from "../../ports.ts";

/** Everything that comes in from outside. Tests replace any of it. */
export interface World {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly processes: Processes;
  readonly host: Host;
}

/** This machine. */
export const systemWorld: World = {
  disk: nodeDisk,
  clock: systemClock,
  randomness: systemRandomness,
  processes: nodeProcesses,
  host: nodeHost,
};
