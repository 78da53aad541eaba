import { run } from "runledger";
import { ledgerSize } from "../given-run.ts";
import { agentCommand, chain, graphTask } from "../graph-task.ts";
import type { Measures } from "../row.ts";

const kinds = {
  "plain command": { work: { run: ["printf", "%0200d", "0"] }, agents: {} },
  agent: { work: { agent: "worker", action: "work" }, agents: { worker: { command: agentCommand("kit-agent") } } },
};

/** A task file of steps that depend on each other: plain commands, or commands to an agent of the kit. */
export async function sample(input: { directory: string; steps: number; kind: keyof typeof kinds }): Promise<Measures> {
  const { directory, steps, kind } = input;
  const { work, agents } = kinds[kind];
  const task = await graphTask(directory, { agents, steps: chain(steps, work) });
  const start = performance.now();
  const { status } = await run(task, { workspace: directory });
  const ms = performance.now() - start;
  if (status !== "completed") throw new Error(`the run is ${status}`);
  return { ms, ...ledgerSize(directory) };
}
