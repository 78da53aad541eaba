import { describe, expect, it } from "vitest";
import { fatalFailures, harmlessFailures } from "../../src/mock-agent/script-schema.ts";
import { isFailure } from "../../src/protocol/event-names.ts";
import { givenWorkspaces, type Workspace } from "../run/given.ts";
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

describe("what goes wrong in a rehearsal", () => {
  const deadline = { timeout_ms: 8_000 };
  const expected: Record<string, { end: string; faults: string[]; exit: unknown; step?: object; response?: object }> = {
    garbage_line: { end: "completed", faults: ["NOT_JSON"], exit: 0 },
    oversize_line: { end: "completed", faults: ["OVERSIZE_LINE"], exit: 0 },
    duplicate_terminal: { end: "completed", faults: ["SECOND_TERMINAL"], exit: 0 },
    exit: { end: "AGENT_EXITED", faults: [], exit: 7, response: { exit_status: 7 } },
    kill: { end: "AGENT_EXITED", faults: [], exit: "SIGKILL" },
    unfinished_line: { end: "AGENT_EXITED", faults: ["UNTERMINATED_LINE"], exit: 1 },
    hang: { end: "DEADLINE", faults: [], exit: "SIGKILL", step: deadline },
    no_answer: { end: "DEADLINE", faults: [], exit: 0, step: deadline },
    wrong_snapshot: { end: "DEADLINE", faults: ["VERSION_MISMATCH"], exit: 0, step: deadline },
    wrong_correlation: { end: "DEADLINE", faults: ["WRONG_CORRELATION"], exit: 0, step: deadline },
    wrong_agent: { end: "DEADLINE", faults: ["WRONG_AGENT"], exit: 0, step: deadline },
  };
  const failures = Object.keys(expected);

  it("ends each time as the rules say, in one run of all", async () => {
    const workspace = workspaces.make();
    const actions = failures.map((failure) => [`do_${failure}`, { failure, ...expected[failure]?.response }]);
    writeScript(workspace, Object.fromEntries(actions));
    const steps = failures.map((failure) => ({
      ...{ id: failure, agent: failure, action: `do_${failure}`, inputs: {}, effect: "idempotent" },
      ...expected[failure]?.step,
    }));
    const agents = Object.fromEntries(failures.map((failure) => [failure, { ...mockAgent(failure), restarts: 0 }]));
    workspace.task(steps, { agents, concurrency: failures.length });
    const { outcome, error } = await workspace.work({ task, options: { graceMs: 3_000 } });
    expect({ status: outcome?.status, error }).toEqual({ status: "failed", error: undefined });
    const became = failures.map((failure) => [failure, lifeOf(workspace, failure)]);
    const wanted = Object.entries(expected).map(([failure, { end, faults, exit }]) => [
      failure,
      { end: end === "completed" ? `do_${failure}.completed` : end, faults, exit },
    ]);
    expect(Object.fromEntries(became)).toEqual(Object.fromEntries(wanted));
  });

  it("is all that a script can ask for", () => {
    expect(failures.sort()).toEqual([...harmlessFailures, ...fatalFailures].sort());
  });
});
