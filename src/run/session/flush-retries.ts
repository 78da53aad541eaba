import type { Retry, RetryRules } from "../../durable/retries.ts";
import { RunledgerError } from "../../errors.ts";
import { observed } from "../command/observe.ts";
import type { World } from "../place/world.ts";
import type { DriveOptions } from "./options.ts";

const otherwise = 3;
const most = 10;
const variable = "RUNLEDGER_FLUSH_RETRIES";

/** How often a failing write is tried again: `flushRetries`, else `RUNLEDGER_FLUSH_RETRIES`, else 3. `USAGE` unless 0 to 10. */
export function retryRules(world: World, options: Pick<DriveOptions, "flushRetries" | "onNotice">): RetryRules {
  const onNotice = observed(world.clock, options.onNotice);
  return {
    clock: world.clock,
    randomness: world.randomness,
    most: checked("flushRetries", options.flushRetries) ?? fromEnvironment(world) ?? otherwise,
    onRetry: (retry) => onNotice?.({ code: "WRITE_RETRIED", message: sentence(retry), details: { ...factsOf(retry) } }),
  };
}

function fromEnvironment(world: World): number | undefined {
  const text = world.host.environment[variable];
  if (text === undefined || text === "") return undefined;
  return checked(variable, /^\d{1,2}$/.test(text) ? Number(text) : text);
}

function checked(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RunledgerError("USAGE", `${name} is a whole number from 0 to ${most}, not ${JSON.stringify(value)}`, {
    hint: `It counts retries, not attempts: 0 is one try. Default: ${otherwise}`,
    details: { [name]: value },
  });
}

function sentence({ attempt, of, delayMs, message, waiting }: Retry): string {
  const waits = waiting === 1 ? "1 entry waits" : `${waiting} entries wait`;
  return `the ledger cannot be written: ${message}; retry ${attempt} of ${of} in ${delayMs} ms${waiting === 0 ? "" : `, ${waits}`}`;
}

function factsOf({ attempt, of, delayMs, code, message, waiting }: Retry): Record<string, unknown> {
  return { attempt, of, delay_ms: delayMs, code, message, waiting };
}
