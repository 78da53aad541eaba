import type { Disk } from "../durable/disk.ts";
import type { Clock } from "../ports.ts";
import { type ProcessFacts, ProcessTable } from "./process-table.ts";
import type { Processes } from "./processes.ts";

export interface SweepOptions {
  readonly processes: Processes;
  readonly disk: Disk;
  readonly clock: Clock;
  /** See `runToken`. */
  readonly token: string;
}

/**
 * - `supported: false`: this system does not tell the environment of processes; nothing was ended.
 * - `endedPids`: what was found and sent SIGKILL.
 * - `leftPids`: what could not be ended within five seconds (another user's, or stuck in the kernel).
 */
export type SweepOutcome =
  | { readonly supported: false }
  | { readonly supported: true; readonly endedPids: number[]; readonly leftPids: number[] };

/** A killed process is gone after milliseconds; one that is not gone by then will not be. */
const sweepLimitMs = 5_000;
const roundMs = 10;

/**
 * Ends what is left of a dead run: every process whose environment carries the run's token, also one that has left its
 * group or session, until none is found. Call it while holding the run's lock, before anything is sent or probed.
 * This process, its group and its ancestors are spared: a resume may be typed inside what a step left behind.
 */
export async function sweepProcesses(options: SweepOptions): Promise<SweepOutcome> {
  const table = new ProcessTable(options.disk);
  if (!table.supported) return { supported: false };
  const ended = new Set<number>();
  const startedMs = options.clock.monotonicMs();
  for (;;) {
    const found = leftOvers(table, options);
    if (found.length === 0) break;
    if (options.clock.monotonicMs() - startedMs > sweepLimitMs) {
      return outcome(
        ended,
        found.map(({ pid }) => pid),
      );
    }
    for (const each of found) if (end(each, table, options)) ended.add(each.pid);
    await new Promise<void>((resolve) => options.clock.after(roundMs, resolve));
  }
  return outcome(ended, []);
}

/** The processes that {@link sweepProcesses} would end; none where the system does not tell. */
export function leftOverPids({ processes, disk, token }: Omit<SweepOptions, "clock">): number[] {
  const table = new ProcessTable(disk);
  return table.supported ? leftOvers(table, { processes, token }).map(({ pid }) => pid) : [];
}

function leftOvers(
  table: ProcessTable,
  { processes, token }: Pick<SweepOptions, "processes" | "token">,
): ProcessFacts[] {
  const spared = table.lineage(processes.self);
  const ownGroup = spared[0]?.groupId;
  const sparedPids = new Set(spared.map(({ pid }) => pid));
  return table.carrying(token).filter(({ pid, groupId }) => !sparedPids.has(pid) && groupId !== ownGroup);
}

/** The group first, so that nobody in it can start another process meanwhile. Then itself, if it was not reached so. */
function end({ pid, groupId }: ProcessFacts, table: ProcessTable, { processes, token }: SweepOptions): boolean {
  // Asked again at the last moment: its pid may have become somebody else's since the list was made.
  if (!table.carries(pid, token)) return false;
  const sparedGroups = new Set(table.lineage(processes.self).map((each) => each.groupId));
  const byGroup = groupId > 1 && !sparedGroups.has(groupId) && processes.signalGroup(groupId, "SIGKILL");
  return processes.signal(pid, "SIGKILL") || byGroup;
}

function outcome(ended: ReadonlySet<number>, leftPids: number[]): SweepOutcome {
  return { supported: true, endedPids: [...ended].filter((pid) => !leftPids.includes(pid)), leftPids };
}
