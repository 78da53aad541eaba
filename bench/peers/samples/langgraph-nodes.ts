import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import type { Measures } from "../../row.ts";
import { smallResult } from "../../small-result.ts";
import { closeSaver, config, openSaver } from "../langgraph-saver.ts";
import { expectExecuted, type PeerInput } from "../peer-input.ts";

/**
 * A graph of one node that goes round: the usual way to write an agent. A round is two commits, what the node wrote and
 * the checkpoint that it leads to. The state is the last result alone, so that checkpoints do not grow. (There is no
 * resume to be measured: it loads the last checkpoint, and calls nothing that was done.)
 */
export async function sample(input: PeerInput): Promise<Measures> {
  const rounds = input.warmUp + input.steps;
  let start = performance.now();
  let executed = 0;
  const saver = openSaver(input);
  const graph = new StateGraph(Annotation.Root({ last: Annotation<ReturnType<typeof smallResult>> }))
    .addNode("work", () => {
      if (executed === input.warmUp) start = performance.now();
      return { last: smallResult(executed++) };
    })
    .addEdge(START, "work")
    .addConditionalEdges("work", () => (executed < rounds ? "work" : END))
    .compile({ checkpointer: saver });
  await graph.invoke({ last: smallResult(0) }, { ...config, recursionLimit: rounds + 1 });
  const ms = performance.now() - start;
  expectExecuted(input, executed);
  return { ms, ...closeSaver(input, saver) };
}
