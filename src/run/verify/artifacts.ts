import path from "node:path";
import type { ReadableRun } from "../command/readable-run.ts";
import { digestNow, recordedArtifacts } from "../session/drift.ts";
import type { Findings } from "./findings.ts";

/**
 * Compares the latest record of each artifact with the workspace as it is: what was changed since is a note, or, if
 * artifacts are to be as they were left, a fault. Returns how many were compared.
 */
export function checkArtifacts(run: ReadableRun, mustBeThere: boolean, findings: Findings): number {
  const { workspace } = run.state;
  const artifacts = [...recordedArtifacts(run).values()];
  if (artifacts.length === 0) return 0;
  const report = (file: string, message: string) => {
    const changed = { code: "ARTIFACT_CHANGED", file, message } as const;
    if (mustBeThere) findings.fault(changed);
    else findings.note(changed);
  };
  if (run.world.disk.stat(workspace) === undefined) {
    report(workspace, `the workspace is gone, and ${artifacts.length} artifacts with it`);
    return 0;
  }
  for (const { path: relative, sha256 } of artifacts) {
    const file = path.join(workspace, relative);
    const found = findings.attempt(file, () => digestNow(run, relative));
    if (found === null) report(file, "the artifact is gone");
    else if (found !== undefined && found !== sha256) report(file, `the artifact is ${found}, recorded was ${sha256}`);
  }
  return artifacts.length;
}
