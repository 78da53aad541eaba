import { doctor } from "../../src/doctor/doctor.ts";
import { RunledgerError } from "../../src/errors.ts";
import type { World } from "../../src/run/place/world.ts";
import { planResume } from "../../src/run/plan.ts";
import { listRuns } from "../../src/run/read/list.ts";
import { readRun } from "../../src/run/read/read-run.ts";
import { readTranscript } from "../../src/run/read/transcript.ts";
import { verifyAll } from "../../src/run/verify/verify.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { errorText } from "./run-life.ts";
import { store, workspace } from "./run-scenarios.ts";

/**
 * What is wrong with what people see who only look at what a crash has left: every verb answers or refuses by type, finds
 * nothing that a crash may not do, and writes nothing.
 */
export async function inspect(image: DiskImage): Promise<readonly string[]> {
  const machine = new SimulatedMachine(image);
  const settled = await machine.start(1).run(looksAround);
  const problems = settled?.kind === "done" ? [...settled.value] : ["somebody who looks waits for ever"];
  if (machine.image !== image) problems.push("somebody who only looks has written");
  return problems;
}

async function looksAround(world: World): Promise<readonly string[]> {
  const options = { world, workspace, store };
  const problems: string[] = [];
  const typed = async <Value>(action: () => Value | Promise<Value>): Promise<Value | undefined> => {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof RunledgerError) || forbidden.has(error.code)) problems.push(`seen: ${errorText(error)}`);
      return undefined;
    }
  };
  for (const { run_id: runId, status, note } of (await typed(() => listRuns(options))) ?? []) {
    if (status === "unreadable") problems.push(`${runId} is unreadable: ${note}`);
    await typed(() => readRun({ ...options, runId }));
    await typed(() => [...readTranscript({ ...options, runId })]);
    await typed(() => planResume({ ...options, runId }));
  }
  const reports = (await typed(() => verifyAll(options))) ?? [];
  for (const { faults } of reports) problems.push(...faults.map((fault) => `verify sees ${JSON.stringify(fault)}`));
  const { findings = [] } = (await typed(() => doctor(options))) ?? {};
  const hopeless = findings.filter(({ severity, fix }) => severity === "error" && !fix.possible);
  return [...problems, ...hopeless.map((finding) => `doctor sees ${JSON.stringify(finding)}`)];
}

/** A crash damages nothing. */
const forbidden = new Set<string>(["INVARIANT", "LEDGER_DAMAGED", "RECORD_DAMAGED", "OBJECT_DAMAGED"]);

/** Mends what can be mended on `machine`, and says what is left. */
export async function mend(machine: SimulatedMachine): Promise<readonly string[]> {
  const mending = machine.start(90);
  const settled = await mending.run((world) => doctor({ world, workspace, store, fix: true }));
  mending.kill();
  if (settled?.kind === "threw" && settled.error instanceof RunledgerError && settled.error.code === "FILE_NOT_FOUND")
    return [];
  if (settled?.kind !== "done") return [settled?.kind === "threw" ? errorText(settled.error) : "doctor is stuck"];
  const left = settled.value.findings.filter(({ severity, fixed }) => severity === "error" && fixed !== true);
  return left.map((finding) => `doctor leaves ${JSON.stringify(finding)}`);
}
