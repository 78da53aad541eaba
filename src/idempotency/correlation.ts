import { sha1 } from "./digest.ts";
import { uuidOf } from "./uuid.ts";

const namespace = Buffer.from("f96c772d520d59dbb833df9f45e318bb", "hex");
/** The namespace, and behind it room for a name. Filled again for each: to allocate it takes as long as to hash it. */
let named = withRoomFor(512);

/**
 * The correlation id of a command: UUIDv5 (RFC 9562, 5.5) of `run_id LF idempotency_key`. The same on every attempt, in
 * every process and after any loss, so that an answer finds its command.
 */
export function correlationId(runId: string, idempotencyKey: string): string {
  const name = `${runId}\n${idempotencyKey}`;
  if (named.length < namespace.length + 3 * name.length) named = withRoomFor(3 * name.length);
  const end = namespace.length + named.write(name, namespace.length);
  return uuidOf(5, sha1(named.subarray(0, end)));
}

function withRoomFor(nameBytes: number): Buffer {
  return Buffer.concat([namespace], namespace.length + nameBytes);
}
