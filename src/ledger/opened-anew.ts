import type { Retries } from "../durable/retries.ts";
import { RunledgerError } from "../errors.ts";

/** How a failure that passes by itself is met: by `reopen`, as often as `retries` allow. */
export interface Reopening<Files> {
  readonly retries: Retries;
  readonly reopen: () => Files;
}

/**
 * What `reopen` returns, tried after a pause as long as it is worth it. `pause` resolves to whether it is still wanted.
 * Throws `failure`, or the damage that was found when opening: that is worse, and must be heard.
 */
export async function openedAnew<Files>(
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
