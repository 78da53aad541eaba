import { errnoOf, RunledgerError } from "../errors.ts";

/** What to tell a person about a file or directory of the workspace that could not be read. */
export function readRefusal(path: string, cause: unknown): RunledgerError {
  if (cause instanceof RunledgerError) return cause;
  const errno = errnoOf(cause) ?? "unknown error";
  const denied = errno === "EACCES" || errno === "EPERM";
  const sentence = denied ? `no permission to read ${path} (${errno})` : `cannot read ${path} (${errno})`;
  return new RunledgerError(denied ? "PERMISSION" : "READ_FAILED", sentence, {
    hint: "Make it readable for this user, or leave it out with a line in .runledgerignore.",
    details: { path, errno },
    cause,
  });
}
