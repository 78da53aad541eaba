import { type ErrorCode, errnoOf, isDenied, RunledgerError } from "../../errors.ts";

/** Of writing: the disk is at fault, and not the place that was chosen. */
const diskFaults: ReadonlySet<string> = new Set(["EIO", "ENOSPC", "EDQUOT", "EFBIG"]);

const hintOf: Partial<Record<ErrorCode, string>> = {
  CANNOT_CREATE: "Choose another place for the store: --store DIR",
  PERMISSION: "Give yourself permission, or choose another place: --store DIR",
  READ_FAILED: "Mend the disk or the file, then try again.",
  WRITE_FAILED: "Free or mend the disk, then try again: nothing that was acknowledged is lost.",
};

/**
 * Runs `action`; a system error becomes a {@link RunledgerError} that says what could not be done (`doing`, a
 * sentence), with the code of its errno, or `otherwise`.
 */
export function explain<T>(doing: string, otherwise: ErrorCode, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw asRunledgerError(error, doing, otherwise);
  }
}

/**
 * A part that is loaded on demand. `UNSUPPORTED` if it, or what it needs, is missing; `PERMISSION` and `READ_FAILED` if
 * it is there: the package is at fault, and not the store.
 */
export async function loaded<Part>(part: Promise<Part>): Promise<Part> {
  try {
    return await part;
  } catch (error) {
    const hint = "Make the files of the package readable, or install it again: npm install runledger";
    throw asRunledgerError(error, "a part of runledger cannot be loaded", "READ_FAILED", hint);
  }
}

/** As `import` and `require` say it. */
const missingModule: ReadonlySet<string> = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/** The package was changed under a running program, or was not installed as a whole. */
function missingPart(cause: unknown): RunledgerError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new RunledgerError("UNSUPPORTED", `a part of runledger, or of what it needs, cannot be loaded: ${message}`, {
    hint: "Install it again: npm install runledger",
    cause,
  });
}

/** `error` itself if it is typed or no system error. `hint`: default that of the code. */
export function asRunledgerError(error: unknown, doing: string, otherwise: ErrorCode, hint?: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof RunledgerError || errno === undefined) return error;
  if (missingModule.has(errno)) return missingPart(error);
  const code = codeOf(error, errno, otherwise);
  const message = error instanceof Error ? error.message : String(error);
  const next = hint ?? hintOf[code];
  return new RunledgerError(code, `${doing}: ${message}`, {
    ...(next && { hint: next }),
    details: { errno },
    cause: error,
  });
}

function codeOf(error: unknown, errno: string, otherwise: ErrorCode): ErrorCode {
  if (isDenied(error)) return "PERMISSION";
  return diskFaults.has(errno) && otherwise !== "READ_FAILED" ? "WRITE_FAILED" : otherwise;
}
