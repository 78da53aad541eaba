import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import { repository } from "../source/source-files.ts";

export const program = path.join(repository, "dist/main.js");

const made: string[] = [];
afterAll(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A workspace with `tasks/<id>.yaml` of these texts, removed after the tests of the file. */
export function workspaceWith(tasks: Record<string, string> = {}): string {
  const workspace = realpathSync(mkdtempSync(path.join(tmpdir(), "runledger-cli-")));
  made.push(workspace);
  mkdirSync(path.join(workspace, "tasks"));
  for (const [id, steps] of Object.entries(tasks)) {
    writeFileSync(path.join(workspace, "tasks", `${id}.yaml`), `version: 1\nid: ${id}\n${steps}`);
  }
  return workspace;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Settings {
  readonly workspace?: string;
  readonly env?: Record<string, string>;
}

/** Runs the built program to its end. */
export function runledger(words: readonly string[], settings: Settings = {}): Promise<Ended> {
  return start([process.execPath, program, ...words], settings).ended;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when `text` has been printed, on whatever stream; rejects if the process ends without. */
  printed(text: string): Promise<void>;
}

/** Starts the built program. */
export function startRunledger(words: readonly string[], settings: Settings = {}): Started {
  return start([process.execPath, program, ...words], settings);
}

/** Starts any command in the workspace. */
export function start([command = "", ...words]: readonly string[], { workspace, env }: Settings = {}): Started {
  const { RUNLEDGER_DIR: _, NO_COLOR: __, ...inherited } = process.env;
  const child = spawn(command, words, { cwd: workspace ?? tmpdir(), env: { ...inherited, ...env } });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  const ended = once(child, "close").then(([status]) => ({ status: status as number | null, ...said }));
  const printed = async (text: string) => {
    const isThere = () => (said.stdout + said.stderr).includes(text);
    while (!isThere()) {
      const more = [once(child.stdout, "data"), once(child.stderr, "data"), ended.then(() => "ended")];
      if ((await Promise.race(more)) === "ended" && !isThere())
        throw new Error(`never printed: ${text}\n${said.stdout}${said.stderr}`);
    }
  };
  return { child, ended, printed };
}

/** The id of the only run of the workspace. */
export function onlyRun(workspace: string): string {
  const [id, ...others] = readdirSync(path.join(workspace, ".runledger/runs"));
  if (id === undefined || others.length > 0) throw new Error(`expected one run, found ${others.length + 1}`);
  return id;
}

/** A step that succeeds, one that fails, one that the failure blocks. */
export const mixedSteps = `
steps:
  - id: build
    run: "mkdir -p dist && printf made > dist/out.txt && echo built"
    expected_outputs: [{ path: dist/out.txt }]
    effect: pure
  - id: check
    run: "echo checked badly >&2; test -e allowed"
    needs: [build]
  - id: publish
    run: "true"
    needs: [check]
    effect: once
`;

export const oneStep = `
steps:
  - id: only
    run: "echo done"
    effect: pure
`;
