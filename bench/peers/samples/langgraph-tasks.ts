import { setImmediate } from "node:timers/promises";
import { entrypoint, task } from "@langchain/langgraph";
import { finish } from "../../finish.ts";
import type { Measures } from "../../row.ts";
import { smallResult } from "../../small-result.ts";
import { closeSaver, config, openSaver } from "../langgraph-saver.ts";
import { expectExecuted, type PeerInput } from "../peer-input.ts";

/**
 * Tasks of an entrypoint: what LangGraph has for work that a resume shall not do again. A resume calls every task again.
 * The result of a task is one commit (with FULL, one sync): after it was handed out, before the next task begins. The
 * entrypoint does not return, so that its thread stays unfinished, to be resumed.
 */
export async function sample(input: PeerInput): Promise<Measures> {
  let start = performance.now();
  let executed = 0;
  const saver = openSaver(input);
  const work = task("work", (n: number) => {
    executed++;
    return smallResult(n);
  });
  const workflow = entrypoint({ name: "bench", checkpointer: saver }, async (_input: string) => {
    for (let n = 0; n < input.warmUp + input.steps; n++) {
      if (n === input.warmUp && !input.resumed) start = performance.now();
      await work(n);
    }
    await setImmediate();
    const ms = performance.now() - start;
    expectExecuted(input, executed);
    finish({ ms, ...closeSaver(input, saver) });
  });
  await workflow.invoke(input.resumed ? null : "begin", config);
  return {};
}
