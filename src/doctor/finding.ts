import { errnoOf, RunledgerError } from "../errors.ts";
import { asRunledgerError } from "../run/place/system-error.ts";
import { type FindingCode, isFindingCode, kindOf, type Severity } from "./finding-codes.ts";

/** Something that is not as it should be, or that people should know of. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Undefined for what concerns the store as a whole. */
  readonly run_id?: string;
  /** Absolute. */
  readonly file?: string;
  /** From 1, and the byte offset of that line. */
  readonly line?: number;
  readonly byte?: number;
  readonly message: string;
  /** Whether `fix` can mend it, and what is done then, or what a person can do. */
  readonly fix: { readonly possible: boolean; readonly what: string };
  /** After a fix: whether it was tried and is gone. Absent for what nothing was tried on. */
  readonly fixed?: boolean;
}

interface About {
  readonly runId?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly byte?: number | undefined;
  readonly message: string;
  /** Default: whether findings of this code can be fixed at all. */
  readonly fixable?: boolean;
  /** Default: that of the code. */
  readonly advice?: string;
}

export function finding(code: FindingCode, about: About): Finding {
  const { severity, fix, advice } = kindOf(code);
  const possible = fix !== undefined && about.fixable !== false;
  return {
    code,
    severity,
    ...(about.runId === undefined ? {} : { run_id: about.runId }),
    ...(about.file === undefined ? {} : { file: about.file }),
    ...(about.line === undefined ? {} : { line: about.line }),
    ...(about.byte === undefined ? {} : { byte: about.byte }),
    message: about.message,
    fix: { possible, what: possible ? `--fix ${fix}` : (about.advice ?? advice) },
  };
}

/** `found`, which nothing can be done about now. */
export function unfixable(found: Finding, advice: string): Finding {
  return found.fix.possible ? { ...found, fix: { possible: false, what: advice } } : found;
}

/** What `check` finds; that `file` cannot be looked at is a finding, too. */
export function looking(about: Pick<About, "runId" | "file">, check: () => Finding[]): Finding[] {
  try {
    return check();
  } catch (cause) {
    const error = asRunledgerError(cause, `${about.file} cannot be read`, "READ_FAILED");
    if (!(error instanceof RunledgerError) || error.code === "INVARIANT") throw error;
    // What was there a moment ago: somebody is at work.
    if (errnoOf(cause) === "ENOENT") return [];
    return [finding(codeOf(error.code), { ...about, message: error.message })];
  }
}

/** A finding's code for what an error or a fault says. */
export function codeOf(code: string): FindingCode {
  return isFindingCode(code) ? code : "READ_FAILED";
}
