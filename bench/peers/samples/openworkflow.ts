import path from "node:path";
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { bytesIn } from "../../bytes-in.ts";
import type { Measures } from "../../row.ts";
import { smallResult } from "../../small-result.ts";
import { expectExecuted, expectSynchronous, type PeerInput } from "../peer-input.ts";

/**
 * Steps of one workflow, with all settings as shipped. Its SQLite is Node's, whose default is FULL. A step is two commits,
 * that it runs and that it is completed, with a sync each. 1,000 steps are the most that a run of it may have.
 *
 * The workflow fails when all steps are done: a worker that was killed would keep its lease for half a minute, a run that
 * failed is taken up at once.
 */
export async function sample(input: PeerInput): Promise<Measures> {
  let start = performance.now();
  let executed = 0;
  const done = Promise.withResolvers<number>();
  const backend = BackendSqlite.connect(path.join(input.directory, "peer.db"));
  const client = new OpenWorkflow({ backend });
  const workflow = client.defineWorkflow({ name: "bench", retryPolicy: forEver }, async ({ step }) => {
    for (let n = 0; n < input.warmUp + input.steps; n++) {
      if (n === input.warmUp && !input.resumed) start = performance.now();
      await step.run({ name: `work-${n}` }, () => {
        executed++;
        return smallResult(n);
      });
    }
    done.resolve(performance.now() - start);
    throw new Error("to be resumed");
  });
  if (!input.resumed) await workflow.run();
  const worker = client.newWorker();
  await worker.start();
  const ms = await done.promise;
  const bytes = bytesIn(input.directory);
  expectSynchronous(input, backend["db"].prepare("PRAGMA synchronous").get()?.["synchronous"]);
  expectExecuted(input, executed);
  await worker.stop();
  await backend.stop();
  return { ms, bytes, bytesClosed: bytesIn(input.directory) };
}

const forEver = { initialInterval: "1ms", backoffCoefficient: 1, maximumAttempts: 0 } as const;
