import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Ended, onlyRun, runledger, workspaceWith } from "./given.ts";

/** By its name, and by a `$env` that names it. */
const secrets = { DEPLOY_TOKEN: 'p"4\\s& w/0+rd%é_x', STAGE: "blue-7319-green" };
const environment = { ...secrets, PATH: `${path.dirname(process.execPath)}:${process.env["PATH"]}` };

/** How programs write a text that they are told. */
const written = `
const base64 = (text) => ["", "u", "us"].flatMap((before) =>
  ["base64", "base64url"].map((encoding) => Buffer.from(before + text + ":end").toString(encoding)));
export const forms = (text) => [
  text,
  JSON.stringify(text),
  JSON.stringify(text).replace(/[^ -~]/g, (each) => "\\\\u" + each.charCodeAt(0).toString(16).padStart(4, "0")),
  encodeURIComponent(text),
  encodeURIComponent(text).replace(/%../g, (hex) => hex.toLowerCase()),
  new URLSearchParams({ text }).toString().slice("text=".length),
  ...base64(text),
  ...base64(text).map((each) => each.replace(/.{11}/g, "$&\\n")),
];
export const told = () => ["DEPLOY_TOKEN", "STAGE"].flatMap((name) => forms(process.env[name]));
`;

const print = `
import { told } from "./written.mjs";
for (const each of told()) {
  process.stdout.write(each + "\\n");
  for (const letter of each) process.stderr.write(letter);
  process.stderr.write("\\n");
}
process.exitCode = 1;
`;

const agent = `
import fs from "node:fs";
import readline from "node:readline";
import { forms, told } from "./written.mjs";
const me = { agent_type: "teller", agent_id: "teller" };
const now = () => new Date().toISOString();
let count = 0;
const id = () => "01890000-0000-7000-8000-" + String(process.pid * 1000 + count++).padStart(12, "0");
const say = (message) => fs.writeSync(1, JSON.stringify(message) + "\\n");
say({ kind: "heartbeat", agent: me, seq: 1, status: "starting", pid: process.pid, uptime_s: 1, last_activity_at: now() });
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { correlation_id, task_id, inputs } = JSON.parse(line);
  const all = [...told(), ...forms(inputs.token)];
  const event = (name, status, payload) =>
    say({ kind: "event", message_id: id(), correlation_id, task_id, from: me, event: name, status, payload, occurred_at: now() });
  fs.writeSync(2, all.join("\\n") + "\\n");
  for (const each of all) fs.writeSync(1, each + "\\n");
  for (const each of all) say({ kind: "log", level: "info", message: each, fields: { [each]: [each] }, timestamp: now() });
  event("tell.progress", all[6].slice(0, 64), { all, text: all.join(" ") });
  event("error", "failed", { code: all[1], message: all.join(" "), nested: { [all[6]]: all } });
}).on("close", () => process.exit(0));
`;

const steps = `
agents: { teller: { command: [node, teller.mjs], env: { LEVEL: { $env: STAGE } } } }
steps:
  - { id: print, run: "node print.mjs", effect: pure }
  - { id: large, run: "head -c 30000 /dev/zero | tr '\\\\0' x; node print.mjs; head -c 30000 /dev/zero", effect: pure }
  - { id: processes, run: "cat /proc/$$/cmdline /proc/$PPID/cmdline /proc/[0-9]*/cmdline 2>&1 | tr '\\\\0' ' '; echo told", effect: pure }
  - { id: tell, agent: teller, action: tell, inputs: { token: { $env: DEPLOY_TOKEN } }, effect: pure }
  - { id: ask, decision: { prompt: "Well?", options: [yes-please, no] } }
`;

/** What must be nowhere: each form, of base64 the digits that are the secret's alone. */
async function forbidden(workspace: string): Promise<string[]> {
  const { forms } = (await import(path.join(workspace, "written.mjs"))) as { forms: (text: string) => string[] };
  const inBase64 = (text: string) =>
    [0, 1, 2].flatMap((before) => {
      const digits = Buffer.from("x".repeat(before) + text).toString("base64url");
      return [digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + Buffer.byteLength(text)) * 8) / 6))];
    });
  return Object.values(secrets).flatMap((text) => {
    const plain = forms(text)
      .slice(0, 6)
      .map((each) => each.replace(/^"|"$/g, ""));
    // As our own files would have it, which are JSON.
    const inJson = plain.map((each) => JSON.stringify(each).slice(1, -1));
    const digits = inBase64(text);
    return [...plain, ...inJson, ...digits, ...digits.map((each) => each.replaceAll("-", "+").replaceAll("_", "/"))];
  });
}

function allFiles(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

describe("a secret in the environment, in inputs and in all that is printed, in every encoding", () => {
  it("is in no file of the store and on no terminal", { timeout: 120_000 }, async () => {
    const workspace = workspaceWith({ demo: steps });
    for (const [name, text] of Object.entries({ "written.mjs": written, "print.mjs": print, "teller.mjs": agent }))
      writeFileSync(path.join(workspace, name), text);
    const run = (...words: string[]) => runledger(words, { workspace, env: environment });
    const seen: Ended[] = [await run("run", "demo")];
    const id = onlyRun(workspace);
    const note = `because ${secrets.DEPLOY_TOKEN} ${Buffer.from(secrets.DEPLOY_TOKEN).toString("base64")}`;
    seen.push(await run("decide", id, "--step", "ask", "--choose", "no", "--note", note));
    seen.push(await run("resume", id, "--retry-failed"));
    const verbs = [["status"], ["show"], ["logs"], ["transcript"], ["replay"], ["verify"]];
    const ofStep = ["print", "tell", "ask"].map((step) => ["show", "--step", step]);
    for (const [verb = "", ...more] of [...verbs, ...ofStep, ["transcript", "--ndjson"]])
      for (const json of more.includes("--ndjson") ? [[]] : [[], ["--json"]])
        seen.push(await run(verb, id, ...more, ...json));

    const texts = await forbidden(workspace);
    expect(texts.length).toBeGreaterThan(20);
    const files = allFiles(path.join(workspace, ".runledger"));
    expect(files.some((file) => file.endsWith("stderr.log"))).toBe(true);
    for (const file of files) expect(found(readFileSync(file), texts), file).toEqual([]);
    for (const { stdout, stderr } of seen) expect(found(Buffer.from(stdout + stderr), texts)).toEqual([]);
    expect(seen.map(({ status }) => status).slice(0, 3)).toEqual([4, 0, 1]);

    const logs = (await run("logs", id)).stdout;
    expect(logs.match(/\[redacted:DEPLOY_TOKEN\]/g)?.length).toBeGreaterThan(50);
    expect(logs.match(/\[redacted:STAGE\]/g)?.length).toBeGreaterThan(50);
    // Nor was it an argument of any process that could be seen: such a one would have been replaced.
    const processes = (await run("logs", id, "--step", "processes")).stdout;
    expect(processes).toContain("told");
    expect(processes).not.toContain("[redacted:");
  });
});

/** Those of `texts` that are in `bytes`, line breaks or not. */
function found(bytes: Buffer, texts: readonly string[]): string[] {
  const joined = Buffer.from(bytes.toString("latin1").replaceAll(/\r?\n|\\n/g, ""), "latin1");
  return texts.filter((text) => bytes.includes(text) || joined.includes(text));
}
