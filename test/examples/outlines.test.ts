import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunStateDocument, readLedger } from "../../src/index.ts";
import type { CommandEntry, LedgerEntry } from "../../src/ledger/entry.ts";
import type { Command } from "../../src/protocol/command.ts";
import { AgentProcess, skipWithoutPython } from "../agent-kit/agent-process.ts";
import { repository } from "../source/source-files.ts";

const example = path.join(repository, "examples/outlines");
let workspace = "";

beforeEach(() => {
  workspace = realpathSync(mkdtempSync(path.join(tmpdir(), "runledger-outlines-")));
  cpSync(example, workspace, { recursive: true });
  // As `npm install runledger` leaves it.
  mkdirSync(path.join(workspace, "node_modules/.bin"), { recursive: true });
  symlinkSync(repository, path.join(workspace, "node_modules/runledger"));
  symlinkSync(path.join(repository, "dist/main.js"), path.join(workspace, "node_modules/.bin/runledger"));
});
afterEach(() => rmSync(workspace, { recursive: true }));

describe("the example with agents", () => {
  it("outlines and counts a document, with an agent of the kit and one in Python", ({ skip }) => {
    skipWithoutPython(skip);
    const { status, state } = run("outlines");
    expect({ status, steps: stepsOf(state) }).toEqual({
      status: 0,
      steps: { outline: "completed", count: "completed" },
    });
    expect(textIn("out/outline.md")).toBe("# Handbook\n## Mornings\n");
    expect(textIn("out/words.txt")).toBe("9\n");
  });

  it("has its messages shown in the guide for agents as they are", async () => {
    const command = commandOf(run("outlines").state.run_id);
    const agent = new AgentProcess([process.execPath, "agents/outliner.ts"], workspace, {});
    await agent.ask(command);
    const messages = {
      command,
      heartbeat: agent.messages.find(({ kind }) => kind === "heartbeat"),
      log: agent.messages.find(({ kind }) => kind === "log"),
      event: agent.answers[0],
    };
    for (const [kind, message] of Object.entries(messages)) {
      await expect(shown(message)).toMatchFileSnapshot(path.join(example, "messages", `${kind}.json`));
    }
  });

  it("can be rehearsed: the agent dies, prints garbage, and fails for want of money", () => {
    const { status, state } = run("rehearsal");
    expect({ status, steps: stepsOf(state) }).toEqual({ status: 1, steps: { outline: "completed", count: "failed" } });
    const codes = entries(state.run_id).flatMap((entry) => {
      return entry.kind === "event" && "code" in entry.payload ? [entry.payload["code"]] : [];
    });
    expect(codes).toEqual(["AGENT_EXITED", "NOT_JSON", "NO_MONEY"]);
  });
});

function run(task: string): { status: number | null; state: RunStateDocument } {
  const { RUNLEDGER_DIR: _, ...inherited } = process.env;
  const bin = path.join(workspace, "node_modules/.bin");
  const env = { ...inherited, PATH: [bin, path.dirname(process.execPath), inherited["PATH"]].join(path.delimiter) };
  const words = ["run", "--task", task, "--json", "--no-input"];
  const { status, stdout } = spawnSync(path.join(bin, "runledger"), words, { cwd: workspace, env, encoding: "utf8" });
  return { status, state: JSON.parse(stdout) as RunStateDocument };
}

function stepsOf(state: RunStateDocument): Record<string, string> {
  return Object.fromEntries(state.steps.map(({ step, status }) => [step, status]));
}

function entries(runId: string): LedgerEntry[] {
  return [...readLedger({ workspace, runId })];
}

function textIn(file: string): string {
  return readFileSync(path.join(workspace, file), "utf8");
}

/** The command that the agent was sent: its entry without its place in the ledger. */
function commandOf(runId: string): Command {
  const entry = entries(runId).find(({ kind }) => kind === "command");
  const { seq: _, at: __, durable: ___, hash: ____, ...sent } = entry as CommandEntry & { hash?: string };
  return sent as Command;
}

/** With what differs from run to run made the same. */
function shown(message: object | undefined): string {
  const fixed: Record<string, unknown> = {
    message_id: "01a1fdf9-79ab-7221-8c3e-78758a1260ef",
    correlation_id: "5d8ab610-b9ad-564e-a4fc-5a76c07a2b18",
    pid: 4242,
    ppid: 4217,
    uptime_s: 0.077,
    rss_bytes: 73_617_408,
    occurred_at: "2026-11-21T07:00:01.000Z",
    last_activity_at: "2026-11-21T07:00:00.000Z",
    timestamp: "2026-11-21T07:00:00.000Z",
  };
  const members = Object.entries({ kind: undefined, ...message }).map(([name, value]) => {
    const text = JSON.stringify(fixed[name] ?? value, (inner, each) => fixed[inner] ?? each, 1);
    return `  "${name}": ${text.replaceAll(/\n */g, " ").replaceAll(/([[{]) | (?=[\]}])/g, "$1")}`;
  });
  return `{\n${members.join(",\n")}\n}\n`;
}
