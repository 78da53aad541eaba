import path from "node:path";
import Database from "better-sqlite3";
import type { Measures } from "../../row.ts";
import { insertSteps } from "../insert-steps.ts";
import { expectSynchronous, type PeerInput } from "../peer-input.ts";

export async function sample(input: PeerInput): Promise<Measures> {
  const database = new Database(path.join(input.directory, "peer.db"));
  return insertSteps(input, {
    execute: (sql) => database.exec(sql),
    prepare: (sql) => database.prepare<[number, string]>(sql),
    expectSynchronous: () => expectSynchronous(input, database.pragma("synchronous", { simple: true })),
    close: () => database.close(),
  });
}
