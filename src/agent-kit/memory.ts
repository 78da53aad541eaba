import path from "node:path";
import { makeDirectories, syncDirectories } from "../durable/directories.ts";
import type { Disk } from "../durable/disk.ts";
import { agentMemory } from "../durable/layout.ts";
import { replaceFile } from "../durable/replace.ts";
import { errnoOf, RunledgerError } from "../errors.ts";
import { parseJson } from "../idempotency/parse-json.ts";
import { type Randomness, randomHex } from "../ports.ts";
import type { Saying } from "./voice.ts";

/** What is remembered of a command. */
export interface Remembered {
  readonly version: 1;
  readonly idempotency_key: string;
  /** The digest of all that has to be the same for it to be the same command. */
  readonly parameters: string;
  readonly attempt: number;
  /** `started`: it may have happened. `ended`: this is how. */
  readonly state: "started" | "ended";
  /** The terminal event last; none while it is `started`. */
  readonly events: readonly Saying[];
}

/** What an agent remembers of its commands, by key. */
export interface Memory {
  recall(key: string): Remembered | undefined;
  /** Durable when this returns. Throws the system's error. */
  keep(remembered: Remembered): void;
}

/** A memory that lasts as long as the process: of an agent that was started by hand. */
export function forgetfulMemory(): Memory {
  const known = new Map<string, Remembered>();
  return {
    recall: (key) => known.get(key),
    keep: (remembered) => void known.set(remembered.idempotency_key, remembered),
  };
}

/**
 * A memory in files, one a key, below `stateDirectory`, which exists. Nothing has to be read at the start, however much
 * was done before. `owner`: the run, which sweeps what a kill in the middle of a write leaves behind.
 */
export function durableMemory(disk: Disk, randomness: Randomness, stateDirectory: string, owner: string): Memory {
  const layout = agentMemory(stateDirectory);
  makeMemory(disk, stateDirectory, layout.directory);
  return {
    recall: (key) => {
      const file = layout.answer(key);
      return disk.stat(file) === undefined ? undefined : readRecord(disk, randomness, file, key);
    },
    keep: (remembered) => {
      const bytes = Buffer.from(`${JSON.stringify(remembered, undefined, 2)}\n`);
      replaceFile(disk, randomness, layout.answer(remembered.idempotency_key), bytes, owner);
    },
  };
}

function makeMemory(disk: Disk, stateDirectory: string, directory: string): void {
  try {
    makeDirectories(disk, stateDirectory, directory);
    // Without it a power cut could take all that is remembered along.
    syncDirectories(disk, stateDirectory, directory);
  } catch (cause) {
    const errno = errnoOf(cause) ?? String(cause);
    throw new RunledgerError("CANNOT_CREATE", `an agent cannot remember anything in ${stateDirectory} (${errno})`, {
      hint: "RUNLEDGER_AGENT_STATE names it: without that variable the agent works, and forgets when it ends.",
      details: { directory: stateDirectory, errno },
      cause,
    });
  }
}

/** A corrupt record is moved aside: the command is done again, as if it had never been started. */
function readRecord(disk: Disk, randomness: Randomness, file: string, key: string): Remembered | undefined {
  const record = parsed(Buffer.from(disk.readFile(file)).toString());
  if (record !== undefined && typeof record.version === "number" && record.version > 1) {
    throw new RunledgerError("FORMAT_NEWER", `${file} was written by a newer version of the agent kit`, {
      hint: "Run the agent with the newer version.",
    });
  }
  if (record?.version === 1 && record.idempotency_key === key && Array.isArray(record.events)) return record;
  disk.rename(file, `${file}.corrupt-${randomHex(randomness, 4)}`);
  disk.syncDirectory(path.dirname(file));
  return undefined;
}

function parsed(text: string): Remembered | undefined {
  try {
    const value: unknown = parseJson(text);
    return typeof value === "object" && value !== null ? (value as Remembered) : undefined;
  } catch {
    return undefined;
  }
}
