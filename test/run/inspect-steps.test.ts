import fs from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { idempotencyKey } from "../../src/idempotency/key.ts";
import { defineTask } from "../../src/run/function/define-task.ts";
import { readLogs } from "../../src/run/read/logs.ts";
import { showStep } from "../../src/run/read/show.ts";
import { resume } from "../../src/run/resume.ts";
import { run } from "../../src/run/run.ts";
import {
  bigOutput,
  chain,
  crashAt,
  folderOf,
  readOnlyWorld,
  removeWorkspaces,
  runTask,
  workspaceWith,
} from "./inspect-given.ts";

afterAll(removeWorkspaces);

const world = readOnlyWorld;

function keyOf({ key_parts: parts }: ReturnType<typeof showStep>): string {
  if (parts === undefined) throw new Error("no key parts");
  const { action, task_id: taskId, snapshot_id: snapshotId, inputs, expected_outputs: expectedOutputs } = parts;
  return idempotencyKey({ action, taskId, snapshotId, inputs, expectedOutputs });
}

describe("showing a step", () => {
  it("gives the parts of its key, its result, artifacts and receipt", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const view = showStep({ workspace, runId, world, step: "words" });
    expect(keyOf(view)).toBe(view.step.key);
    expect(view).toMatchObject({
      version: 1,
      run_id: runId,
      step: { step: "words", status: "completed" },
      attempts: [{ attempt: 1, seq: 2, outcome: "success", terminal: { event: "exec.completed", seq: 3 } }],
      payload: { result: { exit_code: 0, stdout: "counted\n" } },
      artifacts: [{ path: "words.txt", size: 7 }],
      receipt: { n: 1 },
      notes: [],
    });
    const receipt = JSON.parse(fs.readFileSync(view.receipt?.file ?? "", "utf8"));
    expect(receipt).toMatchObject({ run_id: runId, n: 1, step: "words" });
  });

  it("reads inputs back that were so large that they became an object, so that the key still follows", async () => {
    const workspace = workspaceWith({});
    const text = "x".repeat(40_000);
    const task = defineTask("large", ({ step }) => step("take", { inputs: { text } }, ({ inputs }) => inputs));
    const { runId } = await run(task, { workspace, snapshot: false });
    const view = showStep({ workspace, runId, world, step: "take" });
    expect(view.inputs?.["text"]).toBe(text);
    expect(view.payload?.["result"]).toEqual({ text });
    expect(keyOf(view)).toBe(view.step.key);
  });

  it("keeps the reference to an object that is gone, and says so", async () => {
    const workspace = workspaceWith({});
    const task = defineTask("large", ({ step }) => step("make", () => "y".repeat(40_000)));
    const { runId } = await run(task, { workspace, snapshot: false });
    fs.rmSync(path.join(workspace, ".runledger/objects"), { recursive: true });
    const view = showStep({ workspace, runId, world, step: "make" });
    expect(view.payload?.["result"]).toHaveProperty("$object");
    expect(view.notes).toEqual([expect.stringMatching(/^the object sha256:[0-9a-f]{64} is not in the store$/)]);
  });

  it("lists every attempt with what became of it", async () => {
    const workspace = workspaceWith({
      flaky: `
version: 1
id: flaky
steps:
  - id: try
    run: "test -e ready || { touch ready; echo no >&2; exit 7; }"
    retry: { max_attempts: 2 }
`,
    });
    const { runId, status } = await runTask(workspace, "flaky");
    expect(status).toBe("completed");
    const { attempts, receipt } = showStep({ workspace, runId, world, step: "try" });
    expect(attempts).toMatchObject([
      { attempt: 1, outcome: "failed", error: { code: "EXIT_STATUS", message: "exit status 7" } },
      { attempt: 2, outcome: "success" },
    ]);
    expect(attempts[1]).not.toHaveProperty("error");
    expect(receipt?.n).toBe(2);
  });

  it("shows what was in flight at a kill, and how a choice settled it", async () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 4);
    expect(showStep({ workspace, runId, world, step: "count" })).toMatchObject({
      step: { status: "in_doubt" },
      attempts: [{ attempt: 1, outcome: "in_doubt" }],
    });
    expect(showStep({ workspace, runId, world, step: "print" })).toEqual({
      version: 1,
      run_id: runId,
      step: { step: "print", status: "pending", attempts: 0 },
      attempts: [],
      notes: [],
    });
    await resume({ workspace, runId, inDoubt: { count: "skip" }, onDrift: "ignore" });
    expect(showStep({ workspace, runId, world, step: "count" })).toMatchObject({
      step: { status: "skipped" },
      attempts: [{ attempt: 1, outcome: "skipped", settled_by: "option" }],
    });
  });

  it("means the last call of a function's step by its id, and any call by its key", async () => {
    const workspace = workspaceWith({});
    const task = defineTask("parts", async ({ step }) => {
      for (const n of [1, 2, 3]) await step("part", { inputs: { n } }, () => n * 2);
    });
    const { runId, state } = await run(task, { workspace, snapshot: false });
    const last = showStep({ workspace, runId, world, step: "part" });
    expect(last.payload).toEqual({ result: 6 });
    expect(last.notes).toEqual([expect.stringMatching(/^called 3 times with different inputs; .*ik:.*, ik:/)]);
    const first = state.steps[0]?.key ?? "";
    expect(showStep({ workspace, runId, world, step: first }).payload).toEqual({ result: 2 });
  });

  it("has no key parts for a key that the caller chose", async () => {
    const workspace = workspaceWith({});
    const task = defineTask("invoices", ({ step }) => step("pay", { key: "invoice-42" }, () => "paid"));
    const { runId } = await run(task, { workspace, snapshot: false });
    const view = showStep({ workspace, runId, world, step: "pay" });
    expect(view.step.key).toMatch(/^ck:/);
    expect(view).not.toHaveProperty("key_parts");
  });

  it("refuses a step that there is not, with the likely spelling", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    expect(() => showStep({ workspace, runId, step: "wrods" })).toThrow(
      expect.objectContaining({ code: "STEP_UNKNOWN", exitStatus: 66, hint: "Did you mean words?" }),
    );
  });
});

describe("the logs of a run", () => {
  const text = (pieces: Iterable<{ bytes: Uint8Array }>) =>
    Buffer.concat([...pieces].map(({ bytes }) => bytes)).toString();

  it("are what the steps printed, in the order in which they ended", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const pieces = [...readLogs({ workspace, runId, world })];
    expect(pieces.slice(0, 2)).toMatchObject([
      { step: "words", attempt: 1, source: "stdout", bytes: Buffer.from("counted\n") },
      { step: "count", attempt: 1, source: "stderr", bytes: Buffer.from("loud\n") },
    ]);
    expect(text(pieces.slice(2))).toBe(bigOutput);
    expect(text(readLogs({ workspace, runId, step: "count" }))).toBe("loud\n");
    expect(() => [...readLogs({ workspace, runId, step: "counts" })]).toThrow(
      expect.objectContaining({ code: "STEP_UNKNOWN", hint: "Did you mean count?" }),
    );
  });

  it("are shown without what is damaged, and then say so", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const objects = path.join(workspace, ".runledger/objects");
    for (const name of fs.readdirSync(objects, { recursive: true, encoding: "utf8" })) {
      const file = path.join(objects, name);
      if (fs.statSync(file).isFile()) fs.writeFileSync(file, bigOutput.replace("4999", "6666"));
    }
    const shown: Uint8Array[] = [];
    expect(() => {
      for (const { bytes } of readLogs({ workspace, runId })) shown.push(bytes);
    }).toThrow(expect.objectContaining({ code: "OBJECT_DAMAGED", hint: expect.stringContaining("runledger verify") }));
    expect(Buffer.concat(shown).toString()).toBe("counted\nloud\n");
  });

  it("hold what an agent logged, and what it printed on stderr", async () => {
    const workspace = workspaceWith({
      asked: `
version: 1
id: asked
agents:
  echo: { command: [${JSON.stringify(process.execPath)}, agent.mjs] }
steps:
  - id: ask
    agent: echo
    action: answer
`,
    });
    fs.writeFileSync(path.join(workspace, "agent.mjs"), agent);
    const { runId, status } = await runTask(workspace, "asked");
    expect(status).toBe("completed");
    const pieces = [...readLogs({ workspace, runId, world })];
    expect(pieces.map(({ source, bytes }) => [source, Buffer.from(bytes).toString()])).toEqual([
      ["log", 'warn: thinking {"depth":3}\n'],
      ["agent-stderr", "diagnostics\n"],
    ]);
    expect([...readLogs({ workspace, runId, step: "ask" })]).toMatchObject([{ source: "agent-stderr", agent: "echo" }]);
    expect(folderOf(workspace, runId)).toContain(runId);
  });
});

/** Logs a line, prints another beside the protocol, and answers. */
const agent = `
import readline from "node:readline";
const say = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
const now = () => new Date().toISOString();
say({ kind: "heartbeat", agent: { agent_type: "echo", agent_id: "echo" }, seq: 1, status: "starting",
  pid: process.pid, uptime_s: 0, last_activity_at: now() });
readline.createInterface({ input: process.stdin }).once("line", (line) => {
  const { correlation_id, task_id, action } = JSON.parse(line);
  say({ kind: "log", level: "warn", message: "thinking", fields: { depth: 3 }, timestamp: now() });
  process.stderr.write("diagnostics\\n", () => {
    say({ kind: "event", message_id: crypto.randomUUID(), correlation_id, task_id, from: { agent_type: "echo", agent_id: "echo" },
      event: action + ".completed", status: "success", payload: { answer: 42 }, occurred_at: now() });
  });
}).once("close", () => process.exit(0));
`;
