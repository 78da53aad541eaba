import type { Secrets } from "../../agent/secrets.ts";
import { canonicalJson } from "../../idempotency/canonical.ts";
import { parseJson } from "../../idempotency/parse-json.ts";
import { mayHaveReservedMembers, refuseReservedMembers } from "../../objects/reserved-members.ts";

/** A copy of `value` that shares nothing with it: what a reader of the ledger will see. Throws `NOT_JSON`. */
export function jsonCopy<T>(value: T): T {
  return parseJson(canonicalJson(value)) as T;
}

/** A copy of what was recorded: it was parsed from canonical JSON, so nothing has to be checked again. */
export function recordedCopy<T>(value: T): T {
  return parseJson(JSON.stringify(value)) as T;
}

/** A result stands in an entry's payload, inputs stand in its command. */
export const nestingInEntry = 2;

/**
 * What is recorded of a value that a user's function returned (`undefined` as null), and so what it hands on: JSON,
 * without secrets and without members that could pass for ours. Throws `NOT_JSON` and `RESERVED_MEMBER`.
 */
export function recordable(secrets: Secrets, value: unknown): unknown {
  return parseJson(recordableText(secrets, value));
}

/** The canonical JSON of what {@link recordable} returns. */
export function recordableText(secrets: Secrets, value: unknown): string {
  const given = canonicalJson(value ?? null, nestingInEntry);
  const text = secrets.areNone ? given : canonicalJson(secrets.redactValue(parseJson(given)));
  if (mayHaveReservedMembers(text)) refuseReservedMembers(parseJson(text), { allowEnv: false });
  return text;
}
