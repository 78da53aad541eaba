import type { Clock } from "../ports.ts";
import type { Heartbeat } from "../protocol/heartbeat.ts";
import type { AgentMessage } from "./message-reader.ts";

const heartbeatEveryMs = 60_000;
const maxMessages = 10_000;
const maxBytes = 16 * 1_048_576;

/**
 * Chooses which messages of an agent the ledger gets. Of heartbeats the first, each change of status, and one a minute; not
 * the `ready` that follows an answer, which says as much. Of everything but terminal events at most 10,000 messages and
 * 16 MiB a command: an agent that tells without an end must not fill the disk.
 */
export class RecordedMessages {
  readonly #clock: Clock;
  #count = 0;
  #bytes = 0;
  #lastStatus: Heartbeat["status"] | undefined;
  #lastHeartbeatMs = Number.NEGATIVE_INFINITY;
  /** A command was answered, and no heartbeat has come since. */
  #isAnswered = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `last`: record it not, and say that nothing more is recorded. */
  choose(message: AgentMessage, sizeBytes: number): "record" | "pass over" | "last" {
    if (message.kind === "heartbeat" && !this.#isNews(message)) return "pass over";
    const wasFull = this.#isFull;
    this.#count += 1;
    this.#bytes += sizeBytes;
    if (!this.#isFull) return "record";
    return wasFull ? "pass over" : "last";
  }

  /** A command is sent: the limits begin anew. */
  begin(): void {
    this.#count = 0;
    this.#bytes = 0;
  }

  /** A command has ended: the ledger has its terminal event. */
  answered(): void {
    this.#isAnswered = true;
  }

  get #isFull(): boolean {
    return this.#count > maxMessages || this.#bytes > maxBytes;
  }

  #isNews({ status }: Heartbeat): boolean {
    const followsAnswer = this.#isAnswered && status === "ready";
    this.#isAnswered = false;
    if (followsAnswer) {
      this.#lastStatus = status;
      return false;
    }
    const nowMs = this.#clock.monotonicMs();
    if (status === this.#lastStatus && nowMs - this.#lastHeartbeatMs < heartbeatEveryMs) return false;
    this.#lastStatus = status;
    this.#lastHeartbeatMs = nowMs;
    return true;
  }
}
