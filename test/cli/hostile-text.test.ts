import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { onlyRun, program, runledger, start, workspaceWith } from "./given.ts";

/** Retitles the window, fills the clipboard, hides a link, clears the screen, turns the line, overwrites it, hides in it. */
const evil =
  "A\x1b]0;owned\x07B\x1b]52;c;b3duZWQ=\x07C\x1b]8;;http://evil\x1b\\D\x1b[2JE\x9b31mF\x85G\rH\bI\x7fJ\u202eK\u2066L\u200bM\u2060N\u2028O\u{e0041}P";
/** Whatever a terminal obeys, and what a reader does not see; `\r` only where the terminal itself puts it. */
const obeyed = /[^\P{Cc}\r\n\t]|[\p{Cf}\p{Zl}\p{Zp}]|\r(?!\n)/u;

const agent = `
import fs from "node:fs";
import readline from "node:readline";
const evil = ${JSON.stringify(evil)};
const me = { agent_type: "evil", agent_id: "evil" };
const now = () => new Date().toISOString();
let count = 0;
const id = () => "01890000-0000-7000-8000-" + String(process.pid * 1000 + count++).padStart(12, "0");
const say = (message) => fs.writeSync(1, JSON.stringify(message) + "\\n");
say({ kind: "heartbeat", agent: me, seq: 1, status: "starting", pid: process.pid, uptime_s: 1, last_activity_at: now() });
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { correlation_id, task_id } = JSON.parse(line);
  const event = (name, status, payload) =>
    say({ kind: "event", message_id: id(), correlation_id, task_id, from: me, event: name, status, payload, occurred_at: now() });
  fs.writeSync(2, evil + "\\n");
  fs.writeSync(1, evil + "\\n");
  for (const level of ["info", "error"]) say({ kind: "log", level, message: evil, fields: { [evil]: evil }, timestamp: now() });
  event("talk.progress", evil.slice(0, 60), { code: evil, message: evil, [evil]: [evil] });
  event("error", "failed", { code: evil, message: evil, said: evil });
}).on("close", () => process.exit(0));
`;

const steps = `
agents: { evil: { command: [node, agent.mjs] } }
steps:
  - { id: talk, agent: evil, action: talk, effect: pure }
  - { id: print, run: "cat evil; cat evil >&2; exit 1", effect: pure }
  - { id: pay, run: "cat evil; kill -9 $PPID; sleep 9", effect: once, needs: [ask] }
  - id: ask
    decision: { prompt: ${JSON.stringify(evil)}, options: [yes-please, no] }
`;

const hasPseudoTerminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;
const environment = { NO_COLOR: "1", TERM: "xterm", PATH: `${path.dirname(process.execPath)}:${process.env["PATH"]}` };

let workspace = "";
let id = "";

/** What the built program shows at a terminal. */
async function shown(words: readonly string[]): Promise<string> {
  const quoted = [process.execPath, program, ...words].map((word) => `'${word}'`).join(" ");
  const { stdout } = await start(["script", "-qec", quoted, "/dev/null"], { workspace, env: environment }).ended;
  return stdout;
}

describe.skipIf(!hasPseudoTerminal)("text that is hostile to terminals", () => {
  beforeAll(async () => {
    workspace = workspaceWith({ demo: steps });
    writeFileSync(path.join(workspace, "agent.mjs"), agent);
    writeFileSync(path.join(workspace, "evil"), `${evil}\n`);
    const seen = await shown(["run", "demo", "--no-input"]);
    expect(seen).toContain("A\\x1b]0;owned\\x07B");
    expect(seen).not.toMatch(obeyed);
    id = onlyRun(workspace);
  }, 60_000);

  // In this order: it is noted with an answer, resumed until a step is in doubt, asked about, and given up.
  it.each([
    [["decide", "RUN", "--step", "EVIL", "--choose", "no"]],
    [["decide", "RUN", "--step", "ask", "--choose", "EVIL"]],
    [["decide", "RUN", "--step", "ask", "--choose", "yes-please", "--note", "EVIL"]],
    [["status"]],
    [["status", "RUN"]],
    [["resume", "RUN", "--dry-run"]],
    [["resume", "RUN", "--retry-failed", "--no-input"]],
    [["resume", "RUN", "--no-input"]],
    [["show", "RUN"]],
    [["show", "RUN", "--json"]],
    [["show", "RUN", "--step", "talk"]],
    [["show", "RUN", "--step", "ask"]],
    [["logs", "RUN"]],
    [["logs", "RUN", "--json"]],
    [["logs", "RUN", "--step", "EVIL"]],
    [["transcript", "RUN"]],
    [["transcript", "RUN", "--json"]],
    [["transcript", "RUN", "--ndjson"]],
    [["replay", "RUN"]],
    [["verify", "RUN"]],
    [["validate", "demo"]],
    [["run", "EVIL"]],
    [["abort", "RUN", "--note", "EVIL"]],
    [["status", "EVIL"]],
  ])("is shown and not obeyed: %j", { timeout: 30_000 }, async (words) => {
    const output = await shown(words.map((word) => ({ RUN: id, EVIL: evil })[word] ?? word));
    expect(output.length).toBeGreaterThan(10);
    expect(output).not.toMatch(obeyed);
  });

  it("is cleaned in a transcript also where it goes into a pipe", async () => {
    const { stdout } = await runledger(["transcript", id], { workspace });
    expect(stdout).toContain("stdout | A\\x1b]0;owned\\x07B");
    expect(stdout).not.toMatch(obeyed);
  });
});
