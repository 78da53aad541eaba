import { RunledgerError } from "../errors.ts";
import { canonicalJson } from "../idempotency/canonical.ts";
import { newMessageId } from "../idempotency/identifiers.ts";
import { refuseReservedMembers } from "../objects/reserved-members.ts";
import { timestamp } from "../ports.ts";
import type { Command } from "../protocol/command.ts";
import type { Event } from "../protocol/event.ts";
import type { Artifact } from "../protocol/fields.ts";
import type { Heartbeat } from "../protocol/heartbeat.ts";
import { maxAgentLineBytes } from "../protocol/limits.ts";
import type { Log } from "../protocol/log.ts";
import type { Speaker } from "./speaker.ts";
import type { Surroundings } from "./surroundings.ts";

/** An event without what ties it to one sending. `occurred_at`: RFC 3339 UTC. */
export interface Saying {
  readonly event: string;
  readonly status?: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly artifacts?: readonly Artifact[];
  readonly occurred_at: string;
}

/** What an agent says on stdout: one message a line. */
export class Voice {
  readonly #surroundings: Surroundings;
  readonly #speaker: Speaker;
  readonly #startedMs: number;
  #heartbeats = 0;
  #lastActivityAt: string;

  constructor(surroundings: Surroundings, speaker: Speaker) {
    this.#surroundings = surroundings;
    this.#speaker = speaker;
    this.#startedMs = surroundings.clock.monotonicMs();
    this.#lastActivityAt = timestamp(surroundings.clock);
  }

  heartbeat(status: Heartbeat["status"]): void {
    const { clock, host, parentPid } = this.#surroundings;
    const heartbeat: Heartbeat = {
      kind: "heartbeat",
      agent: { agent_type: this.#speaker.type, agent_id: this.#speaker.id },
      seq: this.#heartbeats++,
      status,
      pid: host.pid,
      ppid: parentPid,
      uptime_s: Math.round(clock.monotonicMs() - this.#startedMs) / 1_000,
      last_activity_at: this.#lastActivityAt,
      stats: { rss_bytes: this.#surroundings.memoryBytes() },
    };
    this.line(JSON.stringify(heartbeat));
  }

  log(level: Log["level"], message: string, fields?: Readonly<Record<string, unknown>>): void {
    const { clock } = this.#surroundings;
    const log = { kind: "log", level, message, ...(fields && { fields }), timestamp: timestamp(clock) };
    this.line(checkedLine(log, "a log"));
  }

  /** Says it about `command`, under a new message_id. */
  event(command: Command, saying: Saying): void {
    this.#lastActivityAt = timestamp(this.#surroundings.clock);
    this.line(this.eventLine(command, saying));
  }

  /** The line that {@link event} says; `changes` replace members of it. `NOT_JSON`, `RESERVED_MEMBER`, `LINE_TOO_LONG`. */
  eventLine(command: Command, saying: Saying, changes: Partial<Event> = {}): string {
    const { clock, randomness } = this.#surroundings;
    const event = {
      kind: "event",
      message_id: newMessageId(clock, randomness),
      correlation_id: command.correlation_id,
      task_id: command.task_id,
      from: { agent_type: this.#speaker.type, agent_id: this.#speaker.id },
      ...saying,
      observed_version: { snapshot_id: command.version.snapshot_id },
      ...changes,
    };
    return checkedLine(event, saying.event);
  }

  /** Writes `text` and LF, whatever it is. */
  line(text: string): void {
    this.#surroundings.stdout.write(`${text}\n`);
  }
}

function checkedLine(message: object, name: string): string {
  // The gate refuses what JSON.stringify would drop or bend without a word.
  canonicalJson(message);
  refuseReservedMembers(message, { allowEnv: false });
  const text = JSON.stringify(message);
  const sizeBytes = Buffer.byteLength(text) + 1;
  if (sizeBytes <= maxAgentLineBytes) return text;
  throw new RunledgerError(
    "LINE_TOO_LONG",
    `${name}: the message has ${sizeBytes} bytes; at most ${maxAgentLineBytes}`,
    {
      hint: "Write what is large to a file, and report it as an artifact.",
      details: { bytes: sizeBytes, limit: maxAgentLineBytes },
    },
  );
}
