import { itemOfRef } from "../../task/items.ts";

/** Whether what is said of `step`, a step or an item, belongs to the step or item that somebody asked for. */
export function isOfStep(wanted: string, step: string | undefined): boolean {
  return step !== undefined && (step === wanted || itemOfRef(step)?.step === wanted);
}
