import { type ErrorCode, errnoOf, RunledgerError } from "../../errors.ts";

const codeOf: Record<string, ErrorCode> = {
  EACCES: "PERMISSION",
  EPERM: "PERMISSION",
  EIO: "WRITE_FAILED",
  ENOSPC: "WRITE_FAILED",
  EDQUOT: "WRITE_FAILED",
  EFBIG: "WRITE_FAILED",
};

const hintOf: Partial<Record<ErrorCode, string>> = {
  CANNOT_CREATE: "Choose another place for the store: --store DIR",
  PERMISSION: "Give yourself permission, or choose another place: --store DIR",
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

/** A part that is loaded on demand. `UNSUPPORTED` if it, or what it needs, is missing. */
export async function loaded<Part>(part: Promise<Part>): Promise<Part> {
  try {
    return await part;
  } catch (error) {
    throw asRunledgerError(error, "a part of runledger cannot be loaded", "UNSUPPORTED");
  }
}

/** The package was changed under a running program, or was not installed as a whole. */
function missingPart(cause: unknown): RunledgerError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new RunledgerError("UNSUPPORTED", `a part of runledger, or of what it needs, cannot be loaded: ${message}`, {
    hint: "Install it again: npm install runledger",
    cause,
  });
}

/** `error` itself if it is typed or no system error. */
export function asRunledgerError(error: unknown, doing: string, otherwise: ErrorCode): unknown {
  const errno = errnoOf(error);
  if (error instanceof RunledgerError || errno === undefined) return error;
  if (errno === "ERR_MODULE_NOT_FOUND") return missingPart(error);
  const code = codeOf[errno] ?? otherwise;
  const message = error instanceof Error ? error.message : String(error);
  const hint = hintOf[code];
  return new RunledgerError(code, `${doing}: ${message}`, { ...(hint && { hint }), details: { errno }, cause: error });
}
