import { errnoOf, RunledgerError } from "../errors.ts";

/** What all hear who wait for a write that failed with `cause`, for the `attempts`-th time. */
export function writeFailed(path: string, cause: unknown, attempts: number): RunledgerError {
  if (cause instanceof RunledgerError) return cause;
  const errno = errnoOf(cause);
  if (errno === undefined)
    return new RunledgerError("INVARIANT", `${path}: appending failed without a system error`, { cause });
  return new RunledgerError(
    "WRITE_FAILED",
    `${path}: could not be written (${errno}${attempts === 1 ? "" : `, ${attempts} attempts`}); what was acknowledged before is safe`,
    {
      hint:
        errno === "ENOSPC" || errno === "EDQUOT"
          ? "Free some space, then resume the run."
          : "Mend the disk, then resume the run.",
      details: { file: path, errno, attempts },
      cause,
    },
  );
}

/** What those hear who come after it. */
export function poisoned(failure: RunledgerError): RunledgerError {
  if (failure.code === "WRITER_CLOSED") return failure;
  return new RunledgerError("WRITER_POISONED", `nothing more is appended after a failure: ${failure.message}`, {
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    details: failure.details,
    cause: failure,
  });
}
