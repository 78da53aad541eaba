import { sha1Hex } from "./digest.ts";

const namespace = Buffer.from("f96c772d520d59dbb833df9f45e318bb", "hex");

/**
 * The correlation id of a command: UUIDv5 (RFC 9562, 5.5) of `run_id LF idempotency_key`. The same on every attempt, in
 * every process and after any loss, so that an answer finds its command.
 */
export function correlationId(runId: string, idempotencyKey: string): string {
  const hex = sha1Hex(Buffer.concat([namespace, Buffer.from(`${runId}\n${idempotencyKey}`)]));
  const variant = "89ab"[Number.parseInt(hex.slice(16, 17), 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
