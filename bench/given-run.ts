import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Bench } from "./row.ts";

/** A run of finished function steps that has not ended: what is resumed, read and verified by samples. */
export interface GivenRun {
  readonly workspace: string;
  readonly runId: string;
  readonly ledger: string;
  readonly steps: number;
}

/** Its receipts are complete: a first resume has issued those that its sudden end had left out. */
export async function givenRun(bench: Bench, steps: number): Promise<GivenRun> {
  const workspace = bench.directory();
  await bench.sample("unfinished-run", { directory: workspace, steps });
  const given = { workspace, ...onlyRun(workspace), steps };
  await bench.sample("resume", { ...given, callAgain: false });
  return given;
}

/** The one run of a workspace. */
export function onlyRun(workspace: string): { runId: string; ledger: string } {
  const runs = path.join(workspace, ".runledger/runs");
  const runId = readdirSync(runs)[0] ?? "";
  return { runId, ledger: path.join(runs, runId, "ledger.ndjson") };
}

/** Of the one run of a workspace. */
export function ledgerSize(workspace: string): { ledgerBytes: number; entries: number } {
  const bytes = readFileSync(onlyRun(workspace).ledger);
  return { ledgerBytes: bytes.length, entries: bytes.toString("latin1").split("\n").length - 1 };
}
