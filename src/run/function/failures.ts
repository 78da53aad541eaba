import type { Secrets } from "../../agent/secrets.ts";
import { RunledgerError } from "../../errors.ts";

/** A step that failed, now or in an earlier process. */
export class StepFailed extends RunledgerError {
  readonly step: string;
  /** Code and sentence of the failure as recorded. */
  readonly failure: { readonly code: string; readonly message: string };

  constructor(step: string, failure: { code: string; message: string }) {
    super("STEP_FAILED", `step ${step} failed: ${failure.message} (${failure.code})`, {
      hint: "resume with retryFailed to try it again",
      details: { step, ...failure },
    });
    this.name = "StepFailed";
    this.step = step;
    this.failure = failure;
  }
}

const longestMessage = 4_000;

/** Code and sentence of something thrown, fit to be recorded: redacted and of bounded length. */
export function asFailure(error: unknown, otherwise: string, secrets: Secrets): { code: string; message: string } {
  const message = messageOf(error);
  return {
    code: secrets.redactText(codeOf(error) ?? otherwise),
    message: secrets.redactText(message.toWellFormed()).slice(0, longestMessage).toWellFormed(),
  };
}

/** Hostile: what is thrown may be no error, and neither its message nor it may be fit to be printed. */
function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "something was thrown that cannot be printed";
  }
}

function codeOf(error: unknown): string | undefined {
  try {
    // Read once: a getter may answer otherwise the next time.
    const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
    return typeof code === "string" && /^[A-Za-z0-9_.-]{1,64}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
