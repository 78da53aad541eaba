import { type Clock, systemClock } from "../../src/ports.ts";
import { until } from "./scratch.ts";

/**
 * The real clock, but a delay of exactly `delayMs` is over when the test says so: a deadline then comes after what the
 * test has waited for, however slow the machine is.
 */
export function triggeredClock(delayMs: number): Clock & { trigger(): Promise<void> } {
  const waiting = new Set<() => void>();
  return {
    ...systemClock,
    after: (asked, action) => {
      if (asked !== delayMs) return systemClock.after(asked, action);
      waiting.add(action);
      return () => waiting.delete(action);
    },
    trigger: async () => {
      await until(() => waiting.size > 0);
      const due = [...waiting];
      waiting.clear();
      for (const action of due) action();
    },
  };
}
