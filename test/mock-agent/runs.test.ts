import { describe, expect, it } from "vitest";
import { systemWorld } from "../../src/index.ts";
import { fatalFailures, harmlessFailures } from "../../src/mock-agent/script-schema.ts";
import { type Clock, systemClock } from "../../src/ports.ts";
import { isFailure } from "../../src/protocol/event-names.ts";
import { triggeredClock } from "../agent/triggered-clock.ts";
import { givenWorkspaces, until, type Workspace } from "../run/given.ts";
import { lifeOf, mockAgent, writeScript } from "./given.ts";

const workspaces = givenWorkspaces();
const task = "tasks/work.json";

/** A workspace with a task of one step, `review`, for a mock agent. */
function given(responses: object, step: object = {}, agent: object = {}): Workspace {
  const workspace = workspaces.make();
  writeScript(workspace, { review: responses });
  const review = { id: "review", agent: "reviewer", action: "review", inputs: {}, effect: "idempotent", ...step };
  workspace.task([review], { agents: { reviewer: { ...mockAgent("reviewer"), ...agent } } });
  return workspace;
}

const ends = (workspace: Workspace) =>
  workspace
    .events("review")
    .filter((event) => event.event === "review.completed" || isFailure(event))
    .map(({ event, payload, attempt }) => [attempt, event === "error" ? payload["code"] : event]);

describe("a rehearsal", () => {
  it("goes by the script: files, progress, and how it ends", async () => {
    const events = [
      { event: "review.progress", payload: { percent: 50 }, delay_ms: 10 },
      { event: "review.completed", status: "success", payload: { verdict: "approved" } },
    ];
    const workspace = given({ delay_ms: 10, write: { "out/review.md": "Fine.\n" }, events });
    const { outcome } = await workspace.work({ task });
    expect(outcome?.status).toBe("completed");
    const said = workspace.events("review").filter(({ event }) => event.startsWith("review."));
    expect(said).toMatchObject([
      { event: "review.progress", payload: { percent: 50 } },
      { event: "review.completed", payload: { verdict: "approved" }, artifacts: [{ path: "out/review.md", size: 6 }] },
    ]);
    expect(workspace.read("out/review.md")).toBe("Fine.\n");
  });

  it("answers with the action's own event where the script has none", async () => {
    const workspace = given({});
    await workspace.work({ task });
    expect(lifeOf(workspace, "review")).toEqual({ end: "review.completed", faults: [], exit: 0 });
  });

  it("takes a list response by response, over all processes of the agent", async () => {
    const responses = [{ failure: "kill" }, { error: { code: "NO_MONEY", message: "the purse is empty" } }, {}];
    const workspace = given(responses, { retry: { max_attempts: 3 } });
    const { outcome } = await workspace.work({ task });
    expect(outcome?.status).toBe("completed");
    expect(ends(workspace)).toEqual([
      [2, "NO_MONEY"],
      [3, "review.completed"],
    ]);
  });

  it("goes on in its list after a resume, and fails at the end of it", async () => {
    const responses = [{ failure: "kill" }, { error: { code: "NO_MONEY", message: "empty" } }];
    const workspace = given(responses, {}, { restarts: 0 });
    expect((await workspace.work({ task })).outcome?.status).toBe("failed");
    for (let again = 1; again <= 2; again++) await workspace.resume({ retryFailed: true });
    expect(ends(workspace).map(([, end]) => end)).toEqual(["AGENT_EXITED", "NO_MONEY", "SCRIPT_ENDED"]);
    expect(workspace.events("review").at(-1)?.payload).toEqual({
      code: "SCRIPT_ENDED",
      message: "the script has 2 responses to review, and this is command 3",
    });
  });

  it("gives each response of a list once, also to commands at the same time", async () => {
    const workspace = workspaces.make();
    const numbers = [1, 2, 3, 4, 5, 6];
    writeScript(workspace, {
      review: numbers.map((number) => ({ events: [{ event: "review.completed", payload: { number } }] })),
    });
    const steps = numbers.map((number) => ({
      ...{ id: `review-${number}`, agent: "reviewer", action: "review", inputs: {}, effect: "idempotent" },
    }));
    workspace.task(steps, { agents: { reviewer: mockAgent("reviewer") }, concurrency: numbers.length });
    const { outcome } = await workspace.work({ task });
    expect(outcome?.status).toBe("completed");
    const given = workspace
      .events()
      .flatMap(({ event, payload }) => (event === "review.completed" ? [payload["number"]] : []));
    expect(given.sort()).toEqual(numbers);
  });

  it("gives the one response that is no list to every command", async () => {
    const workspace = given({ error: { code: "NO_MONEY", message: "empty" } }, { retry: { max_attempts: 3 } });
    await workspace.work({ task });
    expect(ends(workspace).map(([, end]) => end)).toEqual(["NO_MONEY", "NO_MONEY", "NO_MONEY"]);
  });

  it("hands on when to try again", async () => {
    const error = { code: "rate_limited", message: "too many", retry_at: "2026-11-21T08:00:00.000Z" };
    const workspace = given([{ error }, {}]);
    await workspace.work({ task });
    expect(workspace.events("review").find(({ event }) => event === "error")?.payload).toEqual(error);
  });

  it("fails with what its script does not know", async () => {
    const workspace = given({}, { action: "implement" });
    await workspace.work({ task });
    expect(lifeOf(workspace, "review").end).toBe("ACTION_UNKNOWN");
  });
});

/** What becomes of a step whose agent goes wrong. `overdue`: its deadline has to come, once it has done its worst. */
interface Expected {
  readonly end: string;
  readonly faults?: readonly string[];
  readonly exit: string | number;
  readonly overdue?: boolean;
}

const expected: Readonly<Record<string, Expected>> = {
  garbage_line: { end: "do_garbage_line.completed", faults: ["NOT_JSON"], exit: 0 },
  oversize_line: { end: "do_oversize_line.completed", faults: ["OVERSIZE_LINE"], exit: 0 },
  duplicate_terminal: { end: "do_duplicate_terminal.completed", faults: ["SECOND_TERMINAL"], exit: 0 },
  exit: { end: "AGENT_EXITED", exit: 7 },
  kill: { end: "AGENT_EXITED", exit: "SIGKILL" },
  unfinished_line: { end: "AGENT_EXITED", faults: ["UNTERMINATED_LINE"], exit: 7 },
  hang: { end: "DEADLINE", exit: "SIGKILL", overdue: true },
  no_answer: { end: "DEADLINE", exit: 0, overdue: true },
  wrong_snapshot: { end: "DEADLINE", faults: ["VERSION_MISMATCH"], exit: 0, overdue: true },
  wrong_correlation: { end: "DEADLINE", faults: ["WRONG_CORRELATION"], exit: 0, overdue: true },
  wrong_agent: { end: "DEADLINE", faults: ["WRONG_AGENT"], exit: 0, overdue: true },
};
const failures = Object.keys(expected);
const deadlineMs = 123_456;
const graceMs = 654_321;

describe("what goes wrong in a rehearsal", () => {
  it("ends each time as the rules say, in one run of all", async () => {
    const workspace = givenAllFailures();
    const deadline = triggeredClock(deadlineMs);
    const grace = triggeredClock(graceMs);
    const after: Clock["after"] = (delayMs, action) =>
      (delayMs === deadlineMs ? deadline : grace).after(delayMs, action);
    const world = { ...systemWorld, clock: { ...systemClock, after } };
    let isBorn = false;
    const onEntry = () => {
      isBorn = true;
    };
    const running = workspace.here({ task, options: { world, graceMs, snapshot: false, onEntry } });
    await until(() => isBorn);
    await until(() => failures.every((failure) => !expected[failure]?.overdue || hasDoneItsWorst(workspace, failure)));
    await deadline.trigger();
    await until(() => failures.every((failure) => failure === "hang" || lifeOf(workspace, failure).end !== undefined));
    await grace.trigger();
    expect((await running).status).toBe("failed");
    const became = failures.map((failure) => [failure, lifeOf(workspace, failure)]);
    const wanted = failures.map((failure) => {
      const { end, faults = [], exit } = expected[failure] as Expected;
      return [failure, { end, faults, exit }];
    });
    expect(Object.fromEntries(became)).toEqual(Object.fromEntries(wanted));
  });

  it("is all that a script can ask for", () => {
    expect([...failures].sort()).toEqual([...harmlessFailures, ...fatalFailures].sort());
  });
});

/** A task with one step and one agent for each failure, all at once. */
function givenAllFailures(): Workspace {
  const workspace = workspaces.make();
  const responses = failures.map((failure) => {
    const ends = failure === "exit" || failure === "unfinished_line";
    return [`do_${failure}`, { failure, ...(ends ? { exit_status: 7 } : {}) }];
  });
  writeScript(workspace, Object.fromEntries(responses));
  const steps = failures.map((failure) => ({
    ...{ id: failure, agent: failure, action: `do_${failure}`, inputs: {}, effect: "idempotent" },
    ...(expected[failure]?.overdue ? { timeout_ms: deadlineMs } : {}),
  }));
  const agents = Object.fromEntries(failures.map((failure) => [failure, { ...mockAgent(failure), restarts: 0 }]));
  workspace.task(steps, { agents, concurrency: failures.length });
  return workspace;
}

/** It works on its command, and its forged answer, if it gives one, was found out. */
function hasDoneItsWorst(workspace: Workspace, failure: string): boolean {
  const isBusy = workspace
    .entries()
    .some((entry) => entry.kind === "heartbeat" && entry.agent.agent_type === failure && entry.status === "busy");
  return isBusy && lifeOf(workspace, failure).faults.length === (expected[failure]?.faults ?? []).length;
}
