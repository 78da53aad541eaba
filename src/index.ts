export { type ErrorCode, RunledgerError } from "./errors.ts";
export { canonicalJson } from "./idempotency/canonical.ts";
export { idempotencyKey } from "./idempotency/key.ts";
export { defineTask } from "./run/define-task.ts";
export { StepFailed } from "./run/failures.ts";
export { resume } from "./run/resume.ts";
export { run } from "./run/run.ts";
export { loadTask } from "./task/load.ts";
