import { describe, expect, it } from "vitest";
import * as api from "../../src/index.ts";

type Call = (given: never) => unknown;

/** What the compiler keeps other callers from: these are in JavaScript. */
const ofRuns = Object.entries<Call>({
  abort: api.abort,
  decide: api.decide,
  planResume: api.planResume,
  readLedger: (given: never) => [...api.readLedger(given)],
  readLogs: (given: never) => [...api.readLogs(given)],
  readRun: api.readRun,
  readTranscript: (given: never) => [...api.readTranscript(given)],
  resume: api.resume,
  showStep: api.showStep,
  verifyLedger: api.verifyLedger,
  verifyRun: api.verifyRun,
});

const ofIds = Object.entries<Call>({
  compareWithSnapshot: api.compareWithSnapshot,
  loadSnapshot: api.loadSnapshot,
  loadTask: api.loadTask,
});

const refused = (call: Call, given: unknown) => expect((async () => call(given as never))()).rejects;

describe.each(ofRuns)("%s, told no run", (_, call) => {
  it.each([
    ["nothing at all", undefined, "runId is a text, not undefined"],
    ["options without a runId", {}, "runId is a text, not undefined"],
    ["null", { runId: null }, "runId is a text, not null"],
    ["a number", { runId: 5 }, "runId is a text, not number"],
    ["a promise", { runId: Promise.resolve("run-x") }, "runId is a promise: it has not been waited for"],
  ])("but %s, says what to pass", async (_, given, message) => {
    await refused(call, given).toMatchObject({ code: "USAGE", message, hint: expect.stringContaining("{ runId: ") });
  });
});

describe.each(ofIds)("%s, told no name", (name, call) => {
  it.each([[undefined], [{}], [Promise.resolve("x")]])("but %s, says what to pass", async (given) => {
    await refused(call, given).toMatchObject({ code: "USAGE", hint: expect.stringContaining(`: ${name}("`) });
  });
});

it("a run or a task that was not waited for is refused as what it is", async () => {
  const message = "the first argument is a promise: it has not been waited for";
  await refused(api.resume, Promise.resolve()).toMatchObject({ code: "USAGE", message });
  const task = Promise.resolve(api.defineTask("late", () => {}));
  await expect(api.resume(task as never, { runId: "run-x" })).rejects.toMatchObject({ code: "USAGE", message });
});
