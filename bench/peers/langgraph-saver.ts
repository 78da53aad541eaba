import path from "node:path";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { bytesIn } from "../bytes-in.ts";
import type { Measures } from "../row.ts";
import { expectSynchronous, type PeerInput } from "./peer-input.ts";

/** As shipped it sets WAL mode and leaves the rest to better-sqlite3, whose default for WAL is NORMAL. */
export function openSaver({ directory, synchronous }: PeerInput): SqliteSaver {
  const saver = SqliteSaver.fromConnString(path.join(directory, "peer.db"));
  if (synchronous === 2) saver.db.pragma("synchronous = FULL");
  return saver;
}

export function closeSaver(input: PeerInput, { db }: SqliteSaver): Measures {
  expectSynchronous(input, db.pragma("synchronous", { simple: true }));
  const bytes = bytesIn(input.directory);
  db.close();
  return { bytes, bytesClosed: bytesIn(input.directory) };
}

/**
 * "sync": what is handed to the saver is awaited before the next step of the graph. The default, "async", lets the next
 * step begin meanwhile.
 */
export const config = { configurable: { thread_id: "bench" }, durability: "sync" } as const;
