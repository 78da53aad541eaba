import type { Retries } from "../durable/retries.ts";
import { RunledgerError } from "../errors.ts";

/** How often a failure that passes by itself is met by opening anew. */
export interface Reopening<Files> {
  readonly retries: Retries;
  readonly reopen: () => Files;
}

/**
 * What `reopen` returns, tried after a pause as long as it is worth it. `pause` resolves to whether it is wanted any more.
 * Throws `failure`, or the damage that was found when opening: that is worse, and must be heard.
 */
export async function reopened<Files>(
  failure: unknown,
  { retries, reopen }: Reopening<Files>,
  pause: (error: unknown) => Promise<boolean>,
): Promise<Files> {
  let [latest, worst] = [failure, failure];
  while (retries.isWorthIt(latest) && (await pause(latest))) {
    try {
      return reopen();
    } catch (again) {
      if (again instanceof RunledgerError && again.code === "LEDGER_DAMAGED") worst = again;
      latest = again;
    }
  }
  throw worst;
}
