export type Severity = "error" | "warning" | "info";

/** What a code says of itself; each has its row in docs/doctor.md. */
interface FindingKind {
  readonly severity: Severity;
  /** What `--fix` does, after "--fix "; undefined if it does nothing. */
  readonly fix?: string;
  /** The fix opens the run as a resume does, which a damaged ledger forbids. */
  readonly opensRun?: boolean;
  /** The fix holds the locks of all runs. */
  readonly locksRuns?: boolean;
  /** What a person can do where `--fix` does nothing. */
  readonly advice: string;
}

const damaged = "Restore it from a copy of the store, or start the task anew: runledger run --task … --no-resume";
const restoreObject = "Restore it from a copy of the store: its name is the checksum of its content.";
const fixedLater = "Mend what else is wrong with the run first, then type the same again.";

/**
 * Errors stand in the way or mean that something is lost; warnings are what a crash leaves, or what somebody should
 * know of before it hurts; the rest is for information.
 */
const findingKinds = {
  // The ledger
  LEDGER_DAMAGED: {
    severity: "error",
    advice:
      "Restore the run's folder from a backup, or start the task anew: runledger run --task … --no-resume. It is never mended: what is wrong or missing had been acknowledged.",
  },
  TORN_TAIL: {
    severity: "warning",
    fix: "copies the bytes to ledger.torn-<8 hex> and cuts them off",
    opensRun: true,
    advice: fixedLater,
  },
  WATERMARK_MISSING: { severity: "warning", fix: "writes it from the ledger", opensRun: true, advice: fixedLater },
  HEAD_MISMATCH: {
    severity: "error",
    advice:
      "Restore the run's folder from a backup. To go on with the ledger as it is, resume the run: run.json is written anew then.",
  },
  // Other records
  FORMAT_NEWER: {
    severity: "error",
    advice: "Use the newer runledger that wrote it; the records of this run are left as they are.",
  },
  RECORD_DAMAGED: { severity: "error", fix: "moves it aside and writes it anew", opensRun: true, advice: damaged },
  SNAPSHOT_NOT_FOUND: {
    severity: "error",
    fix: "writes it anew from the workspace, which is as it was",
    opensRun: true,
    advice: damaged,
  },
  SNAPSHOT_ID_COLLISION: { severity: "error", advice: damaged },
  RUN_STATE_DAMAGED: {
    severity: "warning",
    fix: "moves it aside as run.json.corrupt-<8 hex> and writes it from the ledger",
    opensRun: true,
    advice: fixedLater,
  },
  RUN_STATE_BEHIND: { severity: "info", fix: "writes run.json from the ledger", opensRun: true, advice: fixedLater },
  RECEIPT_MISSING: { severity: "error", fix: "writes it from the ledger", opensRun: true, advice: fixedLater },
  RECEIPTS_BEHIND: { severity: "info", fix: "writes them from the ledger", opensRun: true, advice: fixedLater },
  RECEIPT_DIFFERS: {
    severity: "error",
    fix: "sets it aside and writes it from the ledger",
    opensRun: true,
    advice: fixedLater,
  },
  RECEIPT_EXTRA: { severity: "error", fix: "sets it aside", opensRun: true, advice: fixedLater },
  // What a failing disk did not take
  EVENTS_KEPT: { severity: "warning", fix: "records them, and removes the file", opensRun: true, advice: fixedLater },
  EVENTS_DAMAGED: { severity: "error", fix: "moves the file aside", opensRun: true, advice: fixedLater },
  EVENTS_FOREIGN: {
    severity: "error",
    advice: "Restore the ledger that it belongs to, or move the file aside to go on without what it holds.",
  },
  // Content
  OBJECT_NOT_FOUND: { severity: "error", advice: restoreObject },
  OBJECT_DAMAGED: { severity: "error", advice: restoreObject },
  OBJECTS_UNREFERENCED: {
    severity: "info",
    fix: "moves them into the back-up, if no run is live",
    locksRuns: true,
    advice: "Type it again when no process works on a run.",
  },
  ARTIFACT_CHANGED: {
    severity: "warning",
    advice: "Put the file back, or leave it: a resume says DRIFT and names the ways to go on.",
  },
  // What processes left
  RUN_OWNED: { severity: "info", advice: "Type it again when that process has ended." },
  RUN_INTERRUPTED: { severity: "warning", advice: "Resume the run." },
  RUN_UNBORN: { severity: "info", fix: "removes the folder, as the next start would", advice: fixedLater },
  PROCESSES_LEFT: { severity: "warning", fix: "ends them", advice: fixedLater },
  TEMPORARY_LEFT: { severity: "warning", fix: "removes it", advice: fixedLater },
  FILE_SET_ASIDE: { severity: "info", advice: "It is kept for you: look at it, then delete it." },
  // The system
  PERMISSIONS_WIDE: { severity: "warning", fix: "takes them from others", advice: "Give the files to your user." },
  KIND_WRONG: { severity: "error", advice: "Move it away, then type the same again." },
  FILE_SYSTEM_DOUBTFUL: {
    severity: "warning",
    advice: "Put the store on a local disk: --store DIR or RUNLEDGER_DIR.",
  },
  LOCK_UNTRUSTED: { severity: "error", advice: "Put the store on a local disk: --store DIR or RUNLEDGER_DIR." },
  DISK_FULL: { severity: "error", advice: "Free some space on the disk of the store." },
  PERMISSION: { severity: "error", advice: "Give yourself permission, then type the same again." },
  READ_FAILED: { severity: "error", advice: "Mend the disk or the file, then type the same again." },
  FIX_FAILED: { severity: "error", advice: "The sentence says what stood in the way." },
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof findingKinds;

export function kindOf(code: FindingCode): FindingKind {
  return findingKinds[code];
}

export function isFindingCode(code: string): code is FindingCode {
  return Object.hasOwn(findingKinds, code);
}
