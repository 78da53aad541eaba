import { parse, v5 } from "uuid";

const namespace = parse("f96c772d-520d-59db-b833-df9f45e318bb");

/**
 * The correlation id of a command: UUIDv5 of `run_id LF idempotency_key`. The same on every attempt, in every process
 * and after any loss, so that an answer finds its command.
 */
export function correlationId(runId: string, idempotencyKey: string): string {
  return v5(`${runId}\n${idempotencyKey}`, namespace);
}
