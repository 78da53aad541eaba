import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { agentCommand } from "../graph-task.ts";
import type { Measures } from "../row.ts";

/** What the agent of the batch costs by itself: asked over its pipes, one item after the other, nothing recorded. */
export async function sample({ items }: { items: number }): Promise<Measures> {
  const [program = "", ...args] = agentCommand("instant-agent");
  const agent = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: agent.stdout })[Symbol.asyncIterator]();
  for (const _ of ["starting", "ready"]) await lines.next();
  const start = performance.now();
  for (let n = 0; n < items; n++) {
    agent.stdin.write(`${JSON.stringify(commandOf(n))}\n`);
    await lines.next();
  }
  const ms = performance.now() - start;
  agent.stdin.end();
  await once(agent, "close");
  return { ms };
}

function commandOf(n: number): object {
  return {
    kind: "command",
    action: "work",
    correlation_id: "5d8ab610-b9ad-564e-a4fc-5a76c07a2b18",
    idempotency_key: "ik:d5e644c97403f79ebf5f715ce9190dc3f56aa27bfeea10c250fedbcbb5fc5984",
    inputs: { $runledger: { item: `document ${n}`, step: "s0" }, document: `document ${n}` },
    message_id: "01a1fdf9-79ab-7221-8c3e-78758a1260ef",
    retry: { attempt: 1, max_attempts: 1 },
    task_id: "bench",
  };
}
