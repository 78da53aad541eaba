import type { Disk } from "../durable/disk.ts";
import type { Fault } from "../run/verify/findings.ts";
import { withoutPlace } from "../run/verify/findings.ts";
import type { ExaminedRun } from "./examined-run.ts";
import { codeOf, type Finding, finding } from "./finding.ts";
import { rebuiltManifest } from "./rebuilt-manifest.ts";
import { rebuiltTask } from "./rebuilt-task.ts";

/** What the check of the ledger, and of all that it vouches for, found. */
export async function recordFindings(examined: ExaminedRun): Promise<Finding[]> {
  const { runId, examination } = examined;
  const { faults, notes } = examination.findings;
  const findings: Finding[] = [];
  for (const fault of faults) findings.push(await faultFinding(examined, fault));
  for (const { code, file, message } of notes) {
    findings.push(finding(code, { runId, file, message: withoutPlace(message, file) }));
  }
  return findings;
}

async function faultFinding(examined: ExaminedRun, fault: Fault): Promise<Finding> {
  const { code, file, line, byte, message } = fault;
  const about = { runId: examined.runId, file, line, byte, message };
  const version = code === "LEDGER_DAMAGED" ? undefined : newerVersion(examined.world.disk, file, byte ?? 0);
  if (version !== undefined) {
    return finding("FORMAT_NEWER", { ...about, message: `it has version ${version}, this runledger reads version 1` });
  }
  return finding(codeOf(code), { ...about, ...(await rebuildable(examined, fault)) });
}

/** Most of what can be fixed is written from the ledger; these two only if their source is still there. */
async function rebuildable(examined: ExaminedRun, { code, file }: Fault): Promise<{ fixable?: boolean }> {
  if (code !== "RECORD_DAMAGED" && code !== "SNAPSHOT_NOT_FOUND") return {};
  const rebuilt = file === examined.run.task ? rebuiltTask(examined) : await rebuiltManifest(examined);
  return { fixable: rebuilt !== undefined };
}

const mostBytes = 1024 * 1024;

/** The version that the JSON at `byte` of `file` names, if it is one that only a newer runledger writes. */
function newerVersion(disk: Disk, path: string, byte: number): number | undefined {
  try {
    const file = disk.open(path, "read");
    try {
      const buffer = Buffer.alloc(Math.min(mostBytes, Math.max(0, file.stat().sizeBytes - byte)));
      const text = buffer.subarray(0, file.read(buffer, byte)).toString();
      const { version } = JSON.parse(path.endsWith(".ndjson") ? (text.split("\n", 1)[0] ?? "") : text);
      return Number.isInteger(version) && version > 1 ? version : undefined;
    } finally {
      file.close();
    }
  } catch {
    return undefined;
  }
}
