import type { Event } from "../protocol/event.ts";
import type { Heartbeat } from "../protocol/heartbeat.ts";
import type { Log } from "../protocol/log.ts";
import type { Fault } from "./faults.ts";
import { strictJson } from "./strict-json.ts";

/** What an agent may send. */
export type AgentMessage = Event | Heartbeat | Log;

/** A line from an agent to a message of the right form, or what is wrong with it. */
export type MessageReader = (line: Uint8Array) => AgentMessage | Fault;

/** True if a {@link MessageReader} found a fault. */
export function isFault(read: AgentMessage | Fault): read is Fault {
  return "code" in read;
}

/**
 * Loads the schemas: runs of plain commands do without them. Runs with agents load them before their first step, so that a
 * package that is replaced meanwhile ends no run.
 */
export async function loadMessageReader(): Promise<MessageReader> {
  const [{ eventSchema }, { heartbeatSchema }, { logSchema }] = await Promise.all([
    import("../protocol/event.ts"),
    import("../protocol/heartbeat.ts"),
    import("../protocol/log.ts"),
  ]);
  const schemas: Record<string, Schema> = { event: eventSchema, heartbeat: heartbeatSchema, log: logSchema };
  return (line) => {
    const text = decoded(line);
    if (text === undefined) return { code: "NOT_UTF8", sentence: `a line of ${line.length} bytes is not UTF-8` };
    const parsed = strictJson(text);
    if ("code" in parsed) return { code: parsed.code, sentence: `${parsed.sentence}: ${text}` };
    return message(parsed.value, schemas);
  };
}

interface Schema {
  safeParse(value: unknown): { success: boolean; error?: { issues: { path: PropertyKey[]; message: string }[] } };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(line: Uint8Array): string | undefined {
  try {
    return utf8.decode(line);
  } catch {
    return undefined;
  }
}

function message(value: unknown, schemas: Record<string, Schema>): AgentMessage | Fault {
  const kind = kindOf(value);
  const schema = kind !== undefined && Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
  if (schema === undefined) {
    const found = kind === undefined ? "without a kind" : `of the kind ${JSON.stringify(kind)}`;
    return { code: "UNKNOWN_KIND", sentence: `a message ${found}; agents send event, heartbeat and log` };
  }
  const issue = schema.safeParse(value).error?.issues[0];
  // The value as it was parsed: the schema's own copy would lose a member named __proto__.
  if (issue === undefined) return value as AgentMessage;
  return { code: "INVALID_MESSAGE", sentence: `${kind}: ${[...issue.path.map(String), issue.message].join(": ")}` };
}

function kindOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
  return typeof value.kind === "string" ? value.kind : undefined;
}
