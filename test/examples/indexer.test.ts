import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { type Command, commandSchema } from "../../src/protocol/command.ts";
import { type Event, eventSchema } from "../../src/protocol/event.ts";
import { isTerminal } from "../../src/protocol/event-names.ts";
import { heartbeatSchema } from "../../src/protocol/heartbeat.ts";
import { repository } from "../source/source-files.ts";

const folder = mkdtempSync(path.join(tmpdir(), "runledger-indexer-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the agent of the quickstart", () => {
  it("introduces itself, reports its progress, ends its command once and itself at the end of its input", async () => {
    writeFileSync(path.join(folder, "first.md"), "# First\n\n## Why\n");
    writeFileSync(path.join(folder, "second.md"), "no title\n");
    writeFileSync(path.join(folder, "documents.txt"), "first.md\nsecond.md\n");

    const { heartbeats, events, exitCode } = await converse({ documents: "documents.txt", index: "index.md" });

    expect(heartbeats.map(({ status }) => status)).toEqual(["starting", "ready", "busy", "ready", "stopping"]);
    expect(events.map(({ event }) => event)).toEqual(["index.progress", "index.progress", "index.completed"]);
    expect(events.filter(({ event }) => isTerminal("index", event))).toHaveLength(1);
    const index = "# Index\n\n- **First** (first.md)\n  - Why\n\n- **second.md** (second.md)\n\n";
    expect(readFileSync(path.join(folder, "index.md"), "utf8")).toBe(index);
    expect(events.at(-1)?.artifacts).toEqual([
      { path: "index.md", sha256: `sha256:${hash("sha256", index)}`, size: index.length },
    ]);
    expect(exitCode).toBe(0);
  });

  it("answers a command that it cannot do with an error, not with silence", async () => {
    const { events, exitCode } = await converse({ documents: "nothing.txt", index: "index.md" });
    expect(events).toEqual([expect.objectContaining({ event: "error", status: "failed" })]);
    expect(events[0]?.payload).toMatchObject({ code: "ENOENT" });
    expect(exitCode).toBe(0);
  });
});

/** Gives the agent one command and the end of its input; all that it says, judged by the schemas. */
async function converse(inputs: Command["inputs"]) {
  const agent = spawn(process.execPath, [path.join(repository, "examples/quickstart/indexer.mjs")], { cwd: folder });
  agent.stdin.end(`${JSON.stringify(commandOf(inputs))}\n`);
  const [said, [exitCode]] = await Promise.all([text(agent.stdout), once(agent, "exit")]);
  const messages = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const events: Event[] = messages.filter(({ kind }) => kind === "event").map((each) => eventSchema.parse(each));
  const heartbeats = messages.filter(({ kind }) => kind === "heartbeat").map((each) => heartbeatSchema.parse(each));
  expect(events.length + heartbeats.length).toBe(messages.length);
  for (const { correlation_id, from } of events) {
    expect({ correlation_id, type: from.agent_type }).toEqual({ correlation_id: "correlation-1", type: "indexer" });
  }
  return { events, heartbeats, exitCode };
}

function commandOf(inputs: Command["inputs"]): Command {
  return commandSchema.parse({
    kind: "command",
    message_id: "0192f0c0-0000-7000-8000-000000000002",
    correlation_id: "correlation-1",
    task_id: "quickstart",
    step: "index",
    idempotency_key: `ik:${"0".repeat(64)}`,
    to: { agent_type: "indexer" },
    action: "index",
    inputs,
    expected_outputs: [{ path: "index.md", required: true }],
    version: { snapshot_id: "snap-d0ab7e60b764" },
    retry: { attempt: 1, max_attempts: 1 },
  });
}
