import type { ReadOptions } from "../place/find-run.ts";
import { examine } from "./examine.ts";
import { locateForCheck } from "./locate.ts";
import { reportOf, type VerifyReport } from "./report.ts";

/** What `verifyRun` of the public API resolves with. */
export function checkRun(options: ReadOptions & { runId: string; artifacts?: boolean | undefined }): VerifyReport {
  const located = locateForCheck(options);
  const { head, findings, checked } = examine(located, { artifactsMustBeThere: options.artifacts === true });
  return { ...reportOf(located.runId, head, findings), checked };
}
