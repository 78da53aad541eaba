import { describe, expect, it } from "vitest";
import { agentWait, remainingMs } from "../../src/runstate/agent-wait.ts";
import { nextOf } from "../../src/runstate/plan.ts";
import { retryAtMs } from "../../src/runstate/rate-limit.ts";
import type { RunState } from "../../src/runstate/state.ts";
import { commanded, failed, given, ofRun, started, stepOf, succeeded, told } from "./given.ts";

const rules = { failures: 3, openMs: 60_000 };
const builder = (state: RunState) => state.agents.get("builder");
const exited = (reason: string) => ofRun("agent.exited", { agent: "builder", reason });
const failures = (count: number) => Array.from({ length: count }, () => [commanded("a"), failed("a")]).flat();
const secondsMs = (seconds: number) => Date.parse("2026-11-21T07:00:00.000Z") + seconds * 1000;

describe("the failures of an agent", () => {
  it("are counted from its last success: failed commands, deaths, silences and deadlines", () => {
    const state = given(started(), ...failures(2), exited("exited"), exited("silent"), exited("deadline"));
    expect(builder(state)).toMatchObject({ failures: 5, failedAtMs: secondsMs(8) });
    expect(builder(given(started(), ...failures(2), commanded("a"), succeeded("a")))?.failures).toBe(0);
  });

  it("are not what others decide, nor ends that it was told, nor a failure told twice", () => {
    const system = { agent_type: "system" };
    const chosen = failed("a", { from: system, payload: { code: "IN_DOUBT", message: "", settled_by: "user" } });
    const state = given(started(), commanded("a"), chosen, exited("told"), exited("left"), exited("stopped"));
    expect(builder(state)).toBeUndefined();
  });

  it("are also successes that its files belie", () => {
    const belied = failed("a", {
      from: { agent_type: "system" },
      payload: { code: "OUTPUT_MISSING", message: "", said: {} },
    });
    expect(builder(given(started(), commanded("a"), belied))?.failures).toBe(1);
  });

  it("are nothing that one agent can claim of another", () => {
    expect(given(started(), ofRun("agent.exited", { agent: "builder", reason: "exited" }, "evil")).agents.size).toBe(0);
  });
});

describe("the circuit", () => {
  it("is closed before the third failure, then open for 60 s × 2ⁿ, at most 5 minutes", () => {
    const waitsMs = [1, 2, 3, 4, 5, 6, 60].map((count) => {
      const wait = agentWait(builder(given(started(), ...failures(count))), rules);
      return wait === undefined ? 0 : wait.untilMs - wait.sinceMs;
    });
    expect(waitsMs).toEqual([0, 0, 60_000, 120_000, 240_000, 300_000, 300_000]);
  });

  it("counts its time from the last failure, and never longer than that, also if the clock was put back", () => {
    const wait = agentWait(builder(given(started(), ...failures(3))), rules);
    expect(wait).toEqual({ reason: "circuit_open", sinceMs: secondsMs(7), untilMs: secondsMs(67) });
    const leftMs = [7, 17, 67, 1_000, -86_400].map((at) => wait && remainingMs(wait, secondsMs(at)));
    expect(leftMs).toEqual([60_000, 50_000, 0, 0, 60_000]);
  });
});

describe("a rate limit", () => {
  const limited = (payload: Record<string, unknown>) => told("a", "error", { payload: { message: "", ...payload } });

  it("is an error with a time, or with the code rate_limited, and no failure", () => {
    for (const payload of [{ retry_at: "2026-11-21T07:10:00Z" }, { code: "rate_limited" }]) {
      const state = given(started(), commanded("a"), limited(payload));
      expect(builder(state)).toMatchObject({ failures: 0, limits: 1 });
      expect(stepOf(state, "a").ended?.isRateLimit).toBe(true);
    }
    const state = given(started(), commanded("a"), limited({ code: "NO_MONEY", retry_at: "soon" }));
    expect(builder(state)).toMatchObject({ failures: 1, limits: 0 });
  });

  it("takes no attempt away", () => {
    const state = given(started(), commanded("a"), limited({ code: "rate_limited" }));
    const terms = { maxAttempts: 1, retryFailed: false, isChosen: false, sessionSeq: 1 };
    expect(nextOf(stepOf(state, "a"), terms)).toEqual({ kind: "send", maxAttempts: 2 });
    const then = given(
      ...[started(), commanded("a"), limited({ code: "rate_limited" })],
      ...[commanded("a", { attempt: 2, maxAttempts: 2 }), failed("a", { attempt: 2 })],
    );
    expect(nextOf(stepOf(then, "a"), terms)).toMatchObject({ kind: "failed" });
  });

  it("lasts as long as it says, within bounds, and longer each time where it says nothing", () => {
    const waitMs = (payload: Record<string, unknown>, count: number) =>
      retryAtMs({ event: "error", payload, at: "2026-11-21T07:00:00.000Z" }, count) - secondsMs(0);
    expect(waitMs({ retry_at: "2026-11-21T08:00:00+01:00" }, 1)).toBe(1_000);
    expect(waitMs({ retry_at: "2026-11-21T07:10:00Z" }, 1)).toBe(600_000);
    expect(waitMs({ retry_at: "9999-12-31T00:00:00Z" }, 1)).toBe(86_400_000);
    expect(waitMs({ code: "rate_limited", retry_after_s: 90 }, 1)).toBe(90_000);
    expect([1, 2, 3, 4, 50].map((count) => waitMs({ code: "rate_limited" }, count))).toEqual([
      ...[60_000, 120_000, 240_000, 300_000, 300_000],
    ]);
    expect([1, 2, 7, 50].map((count) => waitMs({ retry_at: "1970-01-01T00:00:00Z" }, count))).toEqual([
      ...[1_000, 2_000, 60_000, 60_000],
    ]);
  });
});

describe("the restarts of an agent", () => {
  it("are its starts after a failure, over all processes of the run", () => {
    const start = (restart: boolean) =>
      ofRun("agent.started", { agent: "builder", pid: 7, ...(restart ? { restart } : {}) });
    const state = given(started(), start(false), start(true), ofRun("run.resumed", {}), start(false), start(true));
    expect(builder(state)?.restarts).toBe(2);
  });
});
