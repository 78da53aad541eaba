// Runs tasks/quickstart.yaml, kills it in the middle, resumes it in a new process, and checks what it says about that.
//   node examples/quickstart/quickstart.mjs [--workspace DIR] [--runledger FILE]
// DIR holds README.md, docs/, tasks/ and examples/ (default: this package); FILE is the program (default: this package's).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";

const home = path.resolve(import.meta.dirname, "../..");
const { values: options } = parseArgs({
  options: {
    workspace: { type: "string", default: home },
    runledger: { type: "string", default: path.join(home, "dist/main.js") },
  },
});
const workspace = path.resolve(options.workspace);
const program = path.resolve(options.runledger);
const runs = path.join(workspace, ".runledger/runs");
const output = path.join(workspace, "build/quickstart");

// The example keeps to its own store, whatever the person at this machine has set for other work.
const { RUNLEDGER_DIR: _, ...environment } = process.env;

rmSync(output, { recursive: true, force: true });
say(
  "A task of six steps makes a handbook of the documents here. It is killed in the middle; a new process finishes it.",
);

heading("1. Start the task, and kill -9 it while the agent is at work");
const run = await runUntilKilled();

heading("2. What is known of the run now: all that was acknowledged, and what is in doubt");
await runledger("status", "--run", run.id);

heading("3. Resume it in a new process");
await runledger("resume", "--run", run.id);

heading("4. Nothing that was finished was done again");
const state = readJson(path.join(run.directory, "run.json"));
for (const { step, outcome, attempts } of state.steps) {
  say(`  ${step.padEnd(10)} ${outcome.padEnd(10)} sent ${times(attempts)}`);
}
checkOutcomes(state.steps, run.finishedBeforeTheKill);

heading("5. Receipts: what each step made");
for (const receipt of receiptsOf(run)) {
  const made = receipt.artifacts.map(({ path: file, sha256 }) => `${file} ${sha256.slice(0, 19)}…`);
  say(`  step-${receipt.n}  ${receipt.step.padEnd(10)} ${receipt.status}  ${made.join(", ")}`);
}

heading("6. Anyone can check the history afterwards");
await runledger("verify", "--run", run.id);
say(`\nThe handbook: ${path.join(path.relative(process.cwd(), output), "handbook.md")}`);
say(`Its whole history is one file: .runledger/runs/${run.id}/ledger.ndjson`);

/** Starts a run and kills its process group when its ledger says that the agent is at work. */
async function runUntilKilled() {
  const before = new Set(idsOfRuns());
  const { child, ended } = start(["run", "--task", "quickstart", "--no-resume"], { inOwnGroup: true });
  const run = await Promise.race([runWithProgress(before), ended]);
  if (typeof run !== "object") fail(`the run ended with exit status ${run} before it could be killed`);
  process.kill(-child.pid, "SIGKILL");
  await ended;
  say("  (killed with SIGKILL)");
  const finished = entriesOf(run).filter(({ event }) => event === "exec.completed");
  return { ...run, finishedBeforeTheKill: finished.map(({ step }) => step) };
}

/** The run that was not there before, as soon as the agent's first report of progress is in its ledger. */
async function runWithProgress(before) {
  for (;;) {
    const id = idsOfRuns().find((each) => !before.has(each));
    const run = id === undefined ? undefined : { id, directory: path.join(runs, id) };
    if (run !== undefined && entriesOf(run).some(({ event }) => event === "index.progress")) return run;
    await pause(20, undefined, { ref: false });
  }
}

function idsOfRuns() {
  return existsSync(runs) ? readdirSync(runs) : [];
}

/** The whole lines of a ledger that may be being written, or may not be there yet. */
function entriesOf({ directory }) {
  const ledger = path.join(directory, "ledger.ndjson");
  const lines = existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line));
}

/** Runs a command of the program to its end; ends the example if it fails. */
async function runledger(...args) {
  const status = await start(args).ended;
  if (status !== 0) fail(`runledger ${args[0]} ended with exit status ${status}`);
}

/** Starts a command of the program and shows what it prints. `ended`: its exit status. */
function start(args, { inOwnGroup = false } = {}) {
  say(`$ runledger ${args.join(" ")}`);
  const child = spawn(process.execPath, [program, ...args], {
    cwd: workspace,
    env: environment,
    detached: inOwnGroup,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => say(`  ${line}`.trimEnd()));
  }
  return { child, ended: once(child, "close").then(([exitCode]) => exitCode ?? "of a signal") };
}

/** What the headings promise, held against the run state and the one effect that must not happen twice. */
function checkOutcomes(steps, finishedBeforeTheKill) {
  for (const { step, outcome, attempts } of steps) {
    const expected = finishedBeforeTheKill.includes(step) ? "reused" : "performed";
    const sent = step === "index" ? 2 : 1;
    if (outcome !== expected || attempts !== sent) fail(`${step} was ${outcome} and sent ${times(attempts)}`);
  }
  const published = readFileSync(path.join(output, "published.txt"), "utf8").trim().split("\n").length;
  if (published !== 1) fail(`the handbook was published ${times(published)}`);
  say(`  The agent was in flight: its command was sent again under the same key. Published: ${times(published)}.`);
}

function receiptsOf({ directory }) {
  const folder = path.join(directory, "receipts/quickstart");
  return readdirSync(folder)
    .map((name) => readJson(path.join(folder, name)))
    .sort((a, b) => a.n - b.n);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

function times(count) {
  return count === 1 ? "once" : `${count} times`;
}

function heading(text) {
  say(`\n${text}`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

function fail(sentence) {
  say(`\nThe quickstart failed: ${sentence}.`);
  process.exit(1);
}
