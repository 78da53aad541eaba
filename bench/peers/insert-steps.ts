import { bytesIn } from "../bytes-in.ts";
import type { Measures } from "../row.ts";
import { smallResult } from "../small-result.ts";
import type { PeerInput } from "./peer-input.ts";

export interface Database {
  readonly execute: (sql: string) => void;
  readonly prepare: (sql: string) => { run(n: number, result: string): unknown };
  readonly expectSynchronous: () => void;
  readonly close: () => void;
}

/** What somebody would write who needs no more than results that stay: a row a step, each a commit and a sync. */
export function insertSteps(input: PeerInput, database: Database): Measures {
  database.execute("PRAGMA journal_mode = WAL");
  database.execute(`PRAGMA synchronous = ${input.synchronous}`);
  database.execute("CREATE TABLE steps (n INTEGER PRIMARY KEY, result TEXT NOT NULL)");
  const insert = database.prepare("INSERT INTO steps (n, result) VALUES (?, ?)");
  let start = performance.now();
  for (let n = 0; n < input.warmUp + input.steps; n++) {
    if (n === input.warmUp) start = performance.now();
    insert.run(n, JSON.stringify(smallResult(n)));
  }
  const ms = performance.now() - start;
  database.expectSynchronous();
  const bytes = bytesIn(input.directory);
  database.close();
  return { ms, bytes, bytesClosed: bytesIn(input.directory) };
}
