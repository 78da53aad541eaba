import { canonicalJson } from "../idempotency/canonical.ts";

/** A copy of `value` that shares nothing with it: what a reader of the ledger will see. Throws `NOT_JSON`. */
export function jsonCopy<T>(value: T): T {
  return JSON.parse(canonicalJson(value)) as T;
}
