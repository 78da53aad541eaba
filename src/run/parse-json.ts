import { strictJson } from "../agent/strict-json.ts";
import { RunledgerError } from "../errors.ts";

/**
 * JSON that every reader reads alike (I-JSON, RFC 7493): duplicate members, numbers that do not survive a double and
 * lone surrogates are refused as `NOT_JSON`.
 */
export function parseStrictJson(text: string): unknown {
  const parsed = strictJson(text);
  if ("value" in parsed) return parsed.value;
  throw new RunledgerError("NOT_JSON", `not JSON that every reader reads alike: ${parsed.sentence}`, {
    hint: "Write each member once, and large numbers as strings.",
    details: { reason: parsed.code },
  });
}
