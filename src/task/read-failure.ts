import { type ErrorCode, errnoOf, RunledgerError } from "../errors.ts";

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: "TASK_NOT_FOUND",
  EACCES: "PERMISSION",
  EPERM: "PERMISSION",
};

/** The result of `action`, which looks at `file`; what the system refuses becomes a typed error. */
export function orReadFailure<Result>(file: string, action: () => Result): Result {
  try {
    return action();
  } catch (cause) {
    const errno = errnoOf(cause) ?? String(cause);
    throw new RunledgerError(codes[errno] ?? "READ_FAILED", `${file}: the task file cannot be read (${errno})`, {
      hint: `See what is there: ls -lL ${file}`,
      details: { file, errno },
      cause,
    });
  }
}
