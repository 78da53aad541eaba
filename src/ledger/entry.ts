import type { Command } from "../protocol/command.ts";
import type { Event } from "../protocol/event.ts";
import type { Artifact, ObjectRef } from "../protocol/fields.ts";
import type { Heartbeat } from "../protocol/heartbeat.ts";
import type { Log } from "../protocol/log.ts";

/** A command as it is recorded. */
export type CommandRecord = Command;

/** An event as it is recorded: with the step and attempt it belongs to, and large members as objects. */
export type EventRecord = Omit<Event, "artifacts"> & {
  artifacts?: Artifact[] | ObjectRef | undefined;
  step?: string | undefined;
  attempt?: number | undefined;
  /** Function calls that are not `once` have no command entry: their terminal event says what was asked. */
  command?: CallCommand | undefined;
};

export interface CallCommand {
  action: string;
  idempotency_key: string;
  inputs: Record<string, unknown>;
  step: string;
}

/** A heartbeat as it is recorded: `seq` is the place in the ledger, so the agent's own count is `heartbeat_seq`. */
export type HeartbeatRecord = Omit<Heartbeat, "seq"> & { heartbeat_seq: number };

/** What is appended: a message without its place. */
export type LedgerRecord = CommandRecord | EventRecord | HeartbeatRecord | Log;

/** The place of a message in the ledger. */
export interface Place {
  /** 1, 2, 3 … without gaps. */
  seq: number;
  /** When it was appended, RFC 3339 UTC. Informative: order is `seq`. */
  at: string;
  /** The last seq known to be durable when this entry was appended; less than `seq`. */
  durable: number;
  /** Lower-case hex: SHA-256 over the hash before and this entry's canonical bytes. */
  hash: string;
}

export type CommandEntry = CommandRecord & Place;
export type EventEntry = EventRecord & Place;
export type HeartbeatEntry = HeartbeatRecord & Place;
export type LogEntry = Log & Place;

/** One line of a ledger. */
export type LedgerEntry = CommandEntry | EventEntry | HeartbeatEntry | LogEntry;

/** The last entry's place. Before entry 1: seq 0 and 64 zeros. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}
