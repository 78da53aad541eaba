import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { type DoctorReport, doctor, type Finding } from "../../src/index.ts";
import { type Ended, runledger } from "../cli/given.ts";
import { contentsOf, crashAt, readOnlyWorld, runTask, workspaceWith } from "../run/inspect-given.ts";

/** Three plain steps; the command of the second is durable before it starts, and the last prints more than fits into an entry. */
const steps = `
version: 1
id: steps
steps:
  - id: one
    run: "echo 1 > one.txt"
    effect: pure
    expected_outputs: [{ path: one.txt }]
  - id: two
    run: "echo 2 > two.txt"
    effect: once
    needs: [one]
    expected_outputs: [{ path: two.txt }]
  - id: three
    run: "seq 1 5000"
    effect: pure
    needs: [two]
`;

export interface Sample {
  readonly workspace: string;
  readonly runId: string;
}

/** A run that has completed. */
export async function completedRun(): Promise<Sample> {
  const workspace = workspaceWith({ steps });
  return { workspace, runId: (await runTask(workspace, "steps")).runId };
}

/** A run whose process was killed once entry `seq` was durable: 4 is the command of step two, 5 its end. */
export function interruptedRun(seq: number): Sample {
  const workspace = workspaceWith({ steps });
  return { workspace, runId: crashAt(workspace, "steps", seq) };
}

/** The store of a sample, copied to be spoilt: it works in the same workspace. */
export class Patient {
  readonly store: string;
  readonly workspace: string;
  readonly runId: string;

  constructor({ workspace, runId }: Sample) {
    this.store = path.join(workspaceWith({}), "store");
    this.workspace = workspace;
    this.runId = runId;
    execFileSync("cp", ["-a", path.join(workspace, ".runledger"), this.store]);
  }

  /** A file of the run. */
  file(name: string): string {
    return path.join(this.store, "runs", this.runId, name);
  }

  read(name: string): string {
    return fs.readFileSync(this.file(name), "utf8");
  }

  edit(file: string, change: (text: string) => string): void {
    const before = fs.readFileSync(file, "utf8");
    expect(change(before)).not.toBe(before);
    fs.writeFileSync(file, change(before));
  }

  /** The one manifest. */
  manifest(): string {
    return path.join(this.store, "snapshots", fs.readdirSync(path.join(this.store, "snapshots"))[0] ?? "");
  }

  /** The one object. */
  object(): string {
    const objects = path.join(this.store, "objects");
    const names = fs
      .readdirSync(objects, { recursive: true, encoding: "utf8" })
      .map((name) => path.join(objects, name));
    return names.find((name) => fs.statSync(name).isFile()) ?? "";
  }

  /** What doctor finds without being allowed to write; nothing is changed by looking. */
  async examined(options: { runId?: string } = {}): Promise<readonly Finding[]> {
    const before = contentsOf(this.store);
    const { findings } = await doctor({ ...this.#place, ...options, world: readOnlyWorld });
    expect(contentsOf(this.store)).toEqual(before);
    return findings.filter(isOfTheRun);
  }

  async codes(): Promise<string[]> {
    return (await this.examined()).map(({ code }) => code);
  }

  async fixed(options: { runId?: string } = {}): Promise<DoctorReport> {
    return doctor({ ...this.#place, ...options, fix: true });
  }

  /** Runs the real program over this store. */
  command(...words: string[]): Promise<Ended> {
    return runledger([...words, "--workspace", this.workspace, "--store", this.store]);
  }

  resumed(): Promise<Ended> {
    return this.command("resume", "--run", this.runId, "--on-in-doubt", "retry");
  }

  get #place() {
    return { workspace: this.workspace, store: this.store };
  }
}

/** Not what the file system of this machine's temporary directory is. */
function isOfTheRun({ code }: Finding): boolean {
  return code !== "FILE_SYSTEM_DOUBTFUL";
}

/** The copy of `file` in the back-up of `report`. */
export function copyIn({ backup = "", store }: DoctorReport, file: string): string {
  return fs.readFileSync(path.join(backup, path.relative(store, file)), "utf8");
}
