import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, expect } from "vitest";
import { loadTask, type RunOutcome, readLedger, resume, run, verifyAll } from "../../src/index.ts";
import type { EventEntry, LedgerEntry } from "../../src/ledger/entry.ts";
import type { Receipt } from "../../src/receipt/receipt-schema.ts";
import { validateStore } from "../validate-store.ts";
import { functionsIn } from "./functions.ts";
import type { Job, Outcome, Refusal, Said } from "./job.ts";

const program = path.join(import.meta.dirname, "run-process.ts");
const compileCache = fs.mkdtempSync(path.join(os.tmpdir(), "runledger-compiled-"));

/** Workspaces for the tests of one file. What they leave in their stores is checked after each test. */
export function givenWorkspaces(): { make(parent?: string): Workspace } {
  let made: Workspace[] = [];
  beforeEach(() => {
    made = [];
  });
  afterEach(async () => {
    try {
      for (const workspace of made) await expectSound(workspace);
    } finally {
      for (const { directory } of made) fs.rmSync(directory, { recursive: true, force: true });
    }
  });
  afterAll(() => fs.rmSync(compileCache, { recursive: true, force: true }));
  return {
    make: (parent) => {
      const workspace = new Workspace(parent);
      made.push(workspace);
      return workspace;
    },
  };
}

/** Every record is as its schema says, and every run agrees with itself. */
export async function expectSound({ directory, store }: Workspace): Promise<void> {
  validateStore(store);
  for (const report of await verifyAll({ workspace: directory, store }))
    expect(report.faults, report.run_id).toEqual([]);
}

type Asked = Omit<Job, "workspace" | "store">;

/** A directory in which real processes work on runs. */
export class Workspace {
  readonly directory: string;
  readonly store: string;

  /** In a new directory below `parent`. */
  constructor(parent = os.tmpdir()) {
    this.directory = fs.realpathSync(fs.mkdtempSync(path.join(parent, "runledger-run-")));
    this.store = path.join(this.directory, ".runledger");
    fs.mkdirSync(this.path("counters"));
    this.write(".gitignore", "counters\n");
  }

  path(...parts: string[]): string {
    return path.join(this.directory, ...parts);
  }

  write(file: string, content: string | object): void {
    fs.mkdirSync(path.dirname(this.path(file)), { recursive: true });
    fs.writeFileSync(this.path(file), typeof content === "string" ? content : JSON.stringify(content));
  }

  read(file: string): string {
    return fs.readFileSync(this.path(file), "utf8");
  }

  /** How often each step said that it happened. */
  counters(): Record<string, number> {
    const files = fs.readdirSync(this.path("counters")).sort();
    return Object.fromEntries(files.map((file) => [file, fs.statSync(this.path("counters", file)).size]));
  }

  start(asked: Asked, environment: Record<string, string> = {}): RunProcess {
    return new RunProcess({ ...asked, workspace: this.directory, store: this.store }, environment);
  }

  /** Writes a task file of `steps`, and says where it is. */
  task(steps: object[], more: object = {}): string {
    this.write("tasks/work.json", { version: 1, id: "work", steps, ...more });
    return "tasks/work.json";
  }

  /** Works in the test's own process, which is not the one that was killed. */
  async here({ task, function: name, runId, options = {} }: Asked): Promise<RunOutcome> {
    const all = { ...options, workspace: this.directory, store: this.store };
    const definition = name === undefined ? undefined : functionsIn(this.directory)[name];
    if (runId === undefined) return run(definition ?? (await loadTask(this.path(task ?? ""), all)), all);
    return definition === undefined ? resume({ ...all, runId }) : resume(definition, { ...all, runId });
  }

  /** Resumes the one run here. */
  async resume(options: Asked["options"] = {}, name?: string): Promise<RunOutcome> {
    return this.here({ runId: this.runId(), options, function: name });
  }

  /** Starts a process and waits for its end. */
  async work(asked: Asked, environment: Record<string, string> = {}): Promise<Ended> {
    return this.start(asked, environment).ended;
  }

  runIds(): string[] {
    const runs = path.join(this.store, "runs");
    return fs.existsSync(runs) ? fs.readdirSync(runs).sort() : [];
  }

  /** The one run of the store. */
  runId(): string {
    const [only, ...others] = this.runIds();
    if (only === undefined || others.length > 0) throw new Error(`${this.runIds().length} runs`);
    return only;
  }

  /** Those that have a whole first entry. */
  bornRuns(): string[] {
    return this.runIds().filter((runId) => {
      const ledger = path.join(this.store, "runs", runId, "ledger.ndjson");
      return fs.existsSync(ledger) && fs.readFileSync(ledger).includes("\n");
    });
  }

  entries(runId = this.runId()): LedgerEntry[] {
    return [...readLedger({ workspace: this.directory, store: this.store, runId })];
  }

  /** The events of the one run, and of a step of it if one is named. */
  events(step?: string): EventEntry[] {
    const events = this.entries().filter((entry) => entry.kind === "event");
    return step === undefined ? events : events.filter((event) => event.step === step);
  }

  runFile(...parts: string[]): string {
    return path.join(this.store, "runs", this.runId(), ...parts);
  }

  /** All receipts of the one run, in the order of their numbers. */
  receipts(): Receipt[] {
    const [taskId = ""] = fs.readdirSync(this.runFile("receipts"));
    const directory = this.runFile("receipts", taskId);
    const texts = fs.readdirSync(directory).flatMap((name) => {
      const text = fs.readFileSync(path.join(directory, name), "utf8");
      return name.endsWith(".ndjson") ? text.trimEnd().split("\n") : [text];
    });
    return texts.map((text) => JSON.parse(text) as Receipt).sort((a, b) => a.n - b.n);
  }

  /** Every file below the workspace, relative. */
  files(): string[] {
    const entries = fs.readdirSync(this.directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    return files.map((entry) => path.relative(this.directory, path.join(entry.parentPath, entry.name))).sort();
  }
}

/** How a process ended. */
export interface Ended {
  readonly exitStatus: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly outcome: Outcome | undefined;
  readonly error: Refusal | undefined;
  /** seq of the entries that this process saw becoming durable. */
  readonly seqs: readonly number[];
  readonly stderr: string;
}

/** A process that works on a run. */
export class RunProcess {
  readonly ended: Promise<Ended>;
  hasEnded = false;
  readonly #child: ChildProcess;
  readonly #said: Said[] = [];

  constructor(job: Job, environment: Record<string, string>) {
    this.#child = spawn(process.execPath, [program, JSON.stringify(job)], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: job.workspace,
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...environment },
    });
    this.ended = this.#watch();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** Resolves when so many entries have become durable in this process, or it has ended. */
  entries(count: number): Promise<void> {
    return until(() => this.#said.length >= count || this.hasEnded);
  }

  /** Resolves when `condition` holds, or this process has ended. */
  waitedFor(condition: () => boolean): Promise<void> {
    return until(() => this.hasEnded || condition());
  }

  async #watch(): Promise<Ended> {
    let stderr = "";
    this.#child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    const lines = readline.createInterface({ input: this.#child.stdout as NonNullable<ChildProcess["stdout"]> });
    lines.on("line", (line) => this.#said.push(JSON.parse(line) as Said));
    const closed = once(lines, "close");
    // A left-over child may hold the pipes of a killed process: what counts is that the process has ended.
    const [exitStatus, signal] = await once(this.#child, "exit");
    this.hasEnded = true;
    if (signal === null) await closed;
    const outcome = this.#said.flatMap((each) => ("outcome" in each ? [each.outcome] : []))[0];
    const error = this.#said.flatMap((each) => ("error" in each ? [each.error] : []))[0];
    const seqs = this.#said.flatMap((each) => ("seq" in each ? [each.seq] : []));
    return { exitStatus, signal, outcome, error, seqs, stderr };
  }
}

/** Processes whose environment names one of the runs of `workspace`, except zombies. */
export function leftOverProcesses(runId: string): number[] {
  const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => environmentOf(pid).includes(`${runId}@`));
}

function environmentOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}

/** Resolves when `condition` holds; a test that waits for ever ends with its own time limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** The one run of a workspace has come to its end: no temporaries, no processes, receipts without gaps. */
export function expectNothingLeft(workspace: Workspace): void {
  const numbers = workspace.receipts().map(({ n }) => n);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(workspace.files().filter((file) => file.endsWith(".tmp"))).toEqual([]);
  expect(workspace.runIds()).toHaveLength(1);
  expect(leftOverProcesses(workspace.runId())).toEqual([]);
}

/** Numbers from 0 to 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
