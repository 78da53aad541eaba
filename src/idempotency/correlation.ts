import { sha1Hex } from "./digest.ts";
import { uuidOf } from "./uuid.ts";

const namespace = Buffer.from("f96c772d520d59dbb833df9f45e318bb", "hex");

/**
 * The correlation id of a command: UUIDv5 (RFC 9562, 5.5) of `run_id LF idempotency_key`. The same on every attempt, in
 * every process and after any loss, so that an answer finds its command.
 */
export function correlationId(runId: string, idempotencyKey: string): string {
  const name = `${runId}\n${idempotencyKey}`;
  const bytes = Buffer.allocUnsafe(namespace.length + Buffer.byteLength(name));
  bytes.set(namespace);
  bytes.write(name, namespace.length);
  return uuidOf(5, sha1Hex(bytes));
}
