/**
 * Every refusal of runledger is a {@link RunledgerError}: a code to switch on, a sentence to read, the one thing to
 * type next, and the exit status of the command line. The statuses follow `sysexits.h` from 64 on.
 */
export class RunledgerError extends Error {
  readonly code: ErrorCode;
  /** What to do next, as one sentence or one command line. */
  readonly hint: string | undefined;
  /** Exit status of the command line for this error. */
  readonly exitStatus: number;
  /** The facts of the sentence, for machines. JSON. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RunledgerError";
    this.code = code;
    this.hint = options.hint;
    this.exitStatus = exitStatusOf[code];
    this.details = options.details ?? {};
  }
}

interface ErrorOptions {
  hint?: string;
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** The exit status of each code. A code that is missing here does not compile. */
const exitStatusOf = {
  // Wrong usage or task
  USAGE: 2,
  ID_INVALID: 2,
  PATH_INVALID: 2,
  TASK_INVALID: 2,
  SCRIPT_INVALID: 2,
  TASK_STEP_DUPLICATE: 2,
  TASK_NEEDS_UNKNOWN: 2,
  TASK_NEEDS_CYCLE: 2,
  NOT_JSON: 2,
  CHECKSUM_INVALID: 2,
  RESERVED_MEMBER: 2,
  SECRET_IN_INPUT: 2,
  INPUT_INVALID: 2,
  ITEMS_INVALID: 2,
  KEY_REUSED: 2,
  KEY_IN_PROGRESS: 2,
  STEP_REPEATED: 2,
  STEP_FAILED: 1,
  STEP_UNKNOWN: 66,
  TASK_MISMATCH: 2,
  CHOICE_UNKNOWN: 2,
  NOTHING_TO_DECIDE: 2,
  DECIDED_ALREADY: 2,
  LINE_TOO_LONG: 2,
  SNAPSHOT_PATH_INVALID: 2,
  SNAPSHOT_UNSTABLE: 75,
  SNAPSHOT_ID_COLLISION: 65,
  // Finished, but not well
  RUN_FAILED: 1,
  RUN_ABORTED: 1,
  RUN_COMPLETED: 2,
  // Somebody has to decide
  IN_DOUBT: 4,
  DRIFT: 4,
  SEVERAL_MATCHES: 4,
  RUN_OLD: 4,
  TASK_EDITED: 4,
  CANCELLED: 4,
  // Others at work
  RUN_OWNED: 5,
  // Damage
  LEDGER_DAMAGED: 65,
  RECORD_DAMAGED: 65,
  OBJECT_DAMAGED: 65,
  // Not there
  RUN_NOT_FOUND: 66,
  TASK_NOT_FOUND: 66,
  FILE_NOT_FOUND: 66,
  SNAPSHOT_NOT_FOUND: 66,
  OBJECT_NOT_FOUND: 66,
  // The system
  INVARIANT: 70,
  CANNOT_CREATE: 73,
  WRITE_FAILED: 74,
  DISK_FULL: 74,
  READ_FAILED: 74,
  WRITER_POISONED: 74,
  WRITER_CLOSED: 70,
  PERMISSION: 77,
  FORMAT_NEWER: 78,
  UNSUPPORTED: 78,
  ENV_MISSING: 78,
  // Signals
  INTERRUPTED: 130,
  TERMINATED: 143,
} as const;

/** The codes of {@link RunledgerError}. */
export type ErrorCode = keyof typeof exitStatusOf;

/**
 * Asserts what must hold if our own code is right. Never caught: a broken invariant is our bug (exit 70). The rule is a
 * function where each step or entry would put a sentence together for nothing.
 */
export function invariant(condition: unknown, rule: string | (() => string)): asserts condition {
  if (!condition) {
    const sentence = typeof rule === "string" ? rule : rule();
    throw new RunledgerError("INVARIANT", `runledger's own rule is broken: ${sentence}`, {
      hint: "This is a bug in runledger. The ledger on the disk is safe; please report the sentence above.",
    });
  }
}

/** The errno code ("ENOENT", "EIO", …) of a system error, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The code of an error that says that something is there and could not be read. */
export function readFailureCode(cause: unknown): "PERMISSION" | "READ_FAILED" {
  return isDenied(cause) ? "PERMISSION" : "READ_FAILED";
}

/** Whether the system wants a permission that the user does not have. */
export function isDenied(error: unknown): boolean {
  return ["EACCES", "EPERM"].includes(errnoOf(error) ?? "");
}
