import type { Command } from "./command.ts";
import type { Event } from "./event.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Log } from "./log.ts";

/** What agents and runledger say to each other, one NDJSON line each. */
export type Message = Command | Event | Heartbeat | Log;

/** A line from an agent, its LF included, is at most this many bytes. */
export const maxAgentLineBytes = 258_048;
