import { sha1 } from "./digest.ts";

const namespace = Buffer.from("f96c772d520d59dbb833df9f45e318bb", "hex");

/**
 * The correlation id of a command: UUIDv5 (RFC 9562, 5.5) of `run_id LF idempotency_key`. The same on every attempt, in
 * every process and after any loss, so that an answer finds its command.
 */
export function correlationId(runId: string, idempotencyKey: string): string {
  const digest = sha1(Buffer.concat([namespace, Buffer.from(`${runId}\n${idempotencyKey}`)]));
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50; // version 5
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80; // variant 10
  const hex = digest.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
