import { parseJson } from "../idempotency/parse-json.ts";
import type { Command } from "../protocol/command.ts";

const keyPattern = /^(ik|ck):[0-9a-f]{64}$/;

/**
 * The command in a line of stdin, or what keeps it from being one. The sender is trusted to keep the schema: only what
 * would be used as something else is looked at, so that an agent starts without loading schemas.
 */
export function commandIn(line: Uint8Array): Command | string {
  let value: unknown;
  try {
    value = parseJson(Buffer.from(line).toString());
  } catch {
    return "it is no JSON";
  }
  if (!isObject(value)) return "it is no JSON object";
  const fault = members.find(([name, isSound]) => !isSound(value[name]));
  return fault === undefined ? (value as unknown as Command) : `its member ${fault[0]} is not that of a command`;
}

const members: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ["kind", (value) => value === "command"],
  ["action", isText],
  ["correlation_id", isText],
  ["task_id", isText],
  ["step", isText],
  ["idempotency_key", (value) => isText(value) && keyPattern.test(value)],
  ["to", (value) => isObject(value) && isText(value["agent_type"])],
  ["inputs", isObject],
  ["expected_outputs", Array.isArray],
  ["version", (value) => isObject(value) && isText(value["snapshot_id"])],
  ["retry", (value) => isObject(value) && Number.isInteger(value["attempt"])],
];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
