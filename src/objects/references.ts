import { isSha256 } from "../idempotency/digest.ts";
import type { ObjectRef } from "../protocol/fields.ts";

/**
 * True if `value` stands for an object: its only member is `$object`, with exactly `sha256`, `size` and `media_type`.
 * The same rule as `objectRefSchema`, for readers that do without zod.
 */
export function isObjectRef(value: unknown): value is ObjectRef {
  if (!hasExactly(value, ["$object"])) return false;
  const target = value.$object;
  if (!hasExactly(target, ["media_type", "sha256", "size"])) return false;
  return (
    isSha256(target.sha256) && isSize(target.size) && typeof target.media_type === "string" && target.media_type !== ""
  );
}

function hasExactly<Name extends string>(value: unknown, names: readonly Name[]): value is Record<Name, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
