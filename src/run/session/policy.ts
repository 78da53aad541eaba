import { RunledgerError } from "../../errors.ts";
import { refuseReservedMembers } from "../../objects/reserved-members.ts";
import { doubtChoices, type Policy } from "../command/step-command.ts";
import { jsonCopy } from "../function/json-copy.ts";
import { loaded } from "../place/system-error.ts";
import type { DriveOptions, ResumeOptions } from "./options.ts";

const defaultGraceMs = 10_000;

/** The policy of a process, from its options. Rejects with `USAGE` for values that are none. */
export async function policyOf(options: DriveOptions & Partial<ResumeOptions>): Promise<Policy> {
  const { onInDoubt = "ask", inDoubt = {}, results = {}, concurrency, graceMs = defaultGraceMs } = options;
  for (const choice of [...Object.values(inDoubt), onInDoubt]) checkChoice(choice);
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 1000)) {
    throw new RunledgerError("USAGE", `concurrency is a whole number from 1 to 1000, not ${concurrency}`, {
      hint: "--concurrency 4",
    });
  }
  if (!(graceMs >= 0)) throw new RunledgerError("USAGE", `the grace period is ${graceMs} ms`, { hint: "--grace 10" });
  for (const result of Object.values(results)) refuseReservedMembers(jsonCopy(result), { allowEnv: false });
  return {
    retryFailed: options.retryFailed ?? false,
    inDoubt: new Map(Object.entries(inDoubt)),
    onInDoubt,
    results: new Map(Object.entries(results)),
    only: await matcherOf(options.only),
    ask: options.decide,
    answer: options.answer,
    noWait: options.noWait ?? false,
    stop: anyOf(options.signal, options.killSignal),
    kill: anyOf(options.killSignal),
    graceMs,
  };
}

async function matcherOf(only: string | undefined): Promise<Policy["only"]> {
  if (only === undefined) return undefined;
  const { globMatcher } = await loaded(import("../../snapshot/globs.ts"));
  return globMatcher([only]);
}

/** Never aborted if there is none. */
function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : (given[0] ?? new AbortController().signal);
}

function checkChoice(choice: string): void {
  if (choice === "ask" || (doubtChoices as readonly string[]).includes(choice)) return;
  throw new RunledgerError("USAGE", `a step in doubt is settled by ${doubtChoices.join(", ")}, not by ${choice}`, {
    hint: `--on-in-doubt ${doubtChoices[0]}`,
  });
}
