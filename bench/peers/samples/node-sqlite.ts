import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Measures } from "../../row.ts";
import { insertSteps } from "../insert-steps.ts";
import { expectSynchronous, type PeerInput } from "../peer-input.ts";

export async function sample(input: PeerInput): Promise<Measures> {
  const database = new DatabaseSync(path.join(input.directory, "peer.db"));
  return insertSteps(input, {
    execute: (sql) => database.exec(sql),
    prepare: (sql) => database.prepare(sql),
    expectSynchronous: () => expectSynchronous(input, database.prepare("PRAGMA synchronous").get()?.["synchronous"]),
    close: () => database.close(),
  });
}
