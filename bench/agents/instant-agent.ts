import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { smallResult } from "../small-result.ts";

// An agent that answers at once and remembers nothing: what is measured with it is what asks it.
const agent = { agent_type: "worker", agent_id: "worker" };
let beats = 0;
let answers = 0;

const say = (message: object) => writeSync(1, `${JSON.stringify(message)}\n`);
const now = () => new Date().toISOString();

function beat(status: string): void {
  const seq = beats++;
  say({ kind: "heartbeat", agent, seq, status, pid: process.pid, uptime_s: process.uptime(), last_activity_at: now() });
}

function answer(command: { correlation_id: string; task_id: string; action: string }): void {
  say({
    kind: "event",
    message_id: `01a1fdf9-79ab-7221-8c3e-${String(answers++).padStart(12, "0")}`,
    correlation_id: command.correlation_id,
    task_id: command.task_id,
    from: agent,
    event: `${command.action}.completed`,
    status: "success",
    payload: smallResult(answers),
    occurred_at: now(),
  });
}

beat("starting");
beat("ready");
setInterval(() => beat("ready"), 10_000).unref();
for await (const line of createInterface({ input: process.stdin })) answer(JSON.parse(line));
