import { writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "runledger";
import { agentCommand, chain, graphTask } from "../graph-task.ts";
import type { Measures } from "../row.ts";

/**
 * A step for each of so many items, asked of an agent that answers at once. `ms`: from the moment when the list of items is
 * recorded to the end of the run.
 */
export async function sample({ directory, items }: { directory: string; items: number }): Promise<Measures> {
  writeFileSync(path.join(directory, "items"), Array.from({ length: items }, (_, n) => `document ${n}\n`).join(""));
  const task = await graphTask(directory, {
    concurrency: 8,
    agents: { worker: { command: agentCommand("instant-agent") } },
    steps: chain(1, {
      agent: "worker",
      action: "work",
      inputs: { document: { $item: true } },
      for_each: { file: "items" },
    }),
  });
  let start = 0;
  const { status } = await run(task, {
    workspace: directory,
    onEntry: (entry) => {
      if (entry.kind === "event" && entry.event === "step.expanded") start = performance.now();
    },
  });
  const ms = performance.now() - start;
  if (status !== "completed") throw new Error(`the run is ${status}`);
  return { ms };
}
