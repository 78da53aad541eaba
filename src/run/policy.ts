import { RunledgerError } from "../errors.ts";
import type { DriveOptions, ResumeOptions } from "./options.ts";
import { doubtChoices, type Policy } from "./work.ts";

const defaultGraceMs = 10_000;
const never = new AbortController().signal;

/** The policy of a process, from its options. Throws `USAGE` for values that are none. */
export function policyOf(options: DriveOptions & Partial<ResumeOptions>): Policy {
  const { onInDoubt = "ask", inDoubt = {}, results = {}, concurrency } = options;
  for (const choice of [...Object.values(inDoubt), onInDoubt]) checkChoice(choice);
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 1000)) {
    throw new RunledgerError("USAGE", `concurrency is a whole number from 1 to 1000, not ${concurrency}`);
  }
  return {
    retryFailed: options.retryFailed ?? false,
    inDoubt: new Map(Object.entries(inDoubt)),
    onInDoubt,
    results: new Map(Object.entries(results)),
    ask: options.decide,
    stop: options.signal ?? never,
    kill: options.killSignal ?? never,
    graceMs: options.graceMs ?? defaultGraceMs,
  };
}

function checkChoice(choice: string): void {
  if (choice === "ask" || (doubtChoices as readonly string[]).includes(choice)) return;
  throw new RunledgerError("USAGE", `a step in doubt is settled by ${doubtChoices.join(", ")}, not by ${choice}`);
}
