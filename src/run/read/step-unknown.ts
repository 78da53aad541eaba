import { RunledgerError } from "../../errors.ts";
import { likelySpelling } from "../../task/spelling.ts";

const shownSteps = 20;

/** `STEP_UNKNOWN` with the likely spelling, or the steps that there are. */
export function stepUnknown(runId: string, step: string, steps: Iterable<string>): RunledgerError {
  const known = [...new Set(steps)];
  const likely = likelySpelling(step, known);
  const some = known.length === 0 ? "none yet" : known.slice(0, shownSteps).join(", ");
  return new RunledgerError("STEP_UNKNOWN", `${runId} has no step ${JSON.stringify(step)}`, {
    hint: likely === undefined ? `Its steps: ${some}` : `Did you mean ${likely}?`,
    details: { run_id: runId, step, known: known.slice(0, shownSteps) },
  });
}
