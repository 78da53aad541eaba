import { defineTask, run } from "runledger";
import type { Measures } from "../row.ts";

/** A run of nothing: it leaves the cache of its snapshot in `store`. */
export async function sample({ workspace, store }: { workspace: string; store: string }): Promise<Measures> {
  const start = performance.now();
  const nothing = defineTask("bench", async () => {});
  await run(nothing, { workspace, store });
  return { ms: performance.now() - start };
}
