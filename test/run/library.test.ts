import fs from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { defineTask, resume, run, StepFailed } from "../../src/index.ts";
import type { FunctionTask, TaskContext } from "../../src/run/function/define-task.ts";
import type { ResumeOptions, RunOptions } from "../../src/run/session/options.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";
import { countingWorld } from "./watched-world.ts";

const workspaces = givenWorkspaces();

let workspace: Workspace;
let place: { workspace: string; store: string; snapshot: false };
let calls: string[];

beforeEach(() => {
  workspace = workspaces.make();
  place = { workspace: workspace.directory, store: workspace.store, snapshot: false };
  calls = [];
});

type Execute = (context: TaskContext<Record<string, unknown>>) => Promise<unknown>;

const start = (execute: Execute, options: RunOptions<Record<string, unknown>> = {}) =>
  run(defineTask("task", execute), { ...place, ...options });
const goOn = (execute: Execute, options: Partial<ResumeOptions> = {}) =>
  resume(defineTask("task", execute), { ...place, runId: workspace.runId(), ...options });

/** Ends the first process of a run after its steps, without finishing the run. */
function crash(): never {
  throw new Error("crash");
}

/** Notes that it was called. */
const noting =
  <Result>(name: string, result: Result) =>
  () => {
    calls.push(name);
    return result;
  };

describe("a run", () => {
  it("is of the input as it was when it was started, whatever becomes of that", async () => {
    const input = { pages: 3 };
    const started = start(async (context) => context.input, { input });
    input.pages = 4;
    expect((await started).output).toEqual({ pages: 3 });
  });
});

describe("what a step hands on", () => {
  it("is what was recorded: a copy, in the first process as in the next one", async () => {
    const given = { list: [1], nested: { text: "é" } };
    const handedOn: unknown[] = [];
    const execute: Execute = async ({ step }) => {
      const result = await step("one", noting("one", given));
      handedOn.push(structuredClone(result));
      result.list.push(2);
      if (handedOn.length === 1) crash();
    };
    expect(await start(execute)).toMatchObject({ status: "failed", error: { code: "TASK_THREW", message: "crash" } });
    expect(await goOn(execute)).toMatchObject({ status: "completed" });
    expect(handedOn).toEqual([given, given]);
    expect(given.list).toEqual([1]);
    expect(calls).toEqual(["one"]);
  });

  it("is null for undefined", async () => {
    const { output } = await start(({ step }) => step("one", () => undefined));
    expect(output).toBeNull();
  });

  it.each([
    { what: "a date", value: (): unknown => new Date(0) },
    { what: "a BigInt", value: () => 1n },
    { what: "not a number", value: () => ({ deep: [Number.NaN] }) },
    { what: "a map", value: () => new Map() },
    { what: "a function", value: () => crash },
    { what: "a lone surrogate", value: () => "\ud800" },
    { what: "undefined in an object", value: () => ({ a: undefined }) },
  ])("ends the step as failed if it is no JSON: $what", async ({ value }) => {
    const failing = await start(({ step }) => step("one", value));
    expect(failing).toMatchObject({ status: "failed", steps: ["one"], exitStatus: 1 });
    expect(workspace.events("one").at(-1)?.payload).toMatchObject({ code: "RESULT_NOT_JSON" });
  });

  it.each([16_385, 300_000, 3_000_000])("may be large: %i bytes, read back equal", async (size) => {
    const value = { text: "y".repeat(size), small: 1 };
    const results: unknown[] = [];
    const execute: Execute = async ({ step }) => {
      results.push(await step("large", noting("large", value)));
      if (results.length === 1) crash();
    };
    await start(execute);
    await goOn(execute);
    expect(results).toEqual([value, value]);
    expect(calls).toEqual(["large"]);
    expect(fs.statSync(workspace.runFile("ledger.ndjson")).size).toBeLessThan(10_000);
  });

  it("may be many values that are large only together", async () => {
    const value = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`m${index}`, "z".repeat(10_000)]));
    const { output } = await start(({ step }) => step("wide", { inputs: { value } }, ({ inputs }) => inputs["value"]));
    expect(output).toEqual(value);
  });
});

describe("the same step id", () => {
  it("with the same inputs twice is refused, also after a resume", async () => {
    const execute: Execute = async ({ step }) => {
      await step("one", { inputs: { n: 1 } }, noting("first", 1));
      await step("one", { inputs: { n: 1 } }, noting("second", 2));
    };
    expect(await start(execute)).toMatchObject({ status: "failed", error: { code: "STEP_REPEATED" } });
    expect(await goOn(execute)).toMatchObject({ status: "failed", error: { code: "STEP_REPEATED" } });
    expect(calls).toEqual(["first"]);
  });

  it("with other inputs is another piece of work, found by key and not by position", async () => {
    const execute =
      (order: number[], fail: boolean): Execute =>
      async ({ step }) => {
        const results = await Promise.all(order.map((n) => step("one", { inputs: { n } }, noting(`n=${n}`, n * 10))));
        if (fail) crash();
        return results;
      };
    await start(execute([1, 2, 3], true));
    expect(await goOn(execute([3, 1, 2], false))).toMatchObject({ output: [30, 10, 20] });
    expect(calls).toEqual(["n=1", "n=2", "n=3"]);
  });
});

describe("a step that is called after its run has ended", () => {
  it.each([
    ["completed", () => "done"],
    ["failed", crash],
  ])("is neither done nor recorded, and says so: %s", async (status, finish) => {
    let late: TaskContext<Record<string, unknown>>["step"] | undefined;
    let lateAsk: TaskContext<Record<string, unknown>>["ask"] | undefined;
    const { runId } = await start(async ({ step, ask }) => {
      [late, lateAsk] = [step, ask];
      await step("early", noting("early", 1));
      return finish();
    });
    expect(workspace.runId()).toBe(runId);
    const before = fs.readFileSync(workspace.runFile("ledger.ndjson"));
    for (const [id, options] of [
      ["late", {}] as const,
      ["late", { effect: "once" }] as const,
      ["early", {}] as const,
    ]) {
      await expect(late?.(id, options, noting(id, 2))).rejects.toMatchObject({
        code: "USAGE",
        message: `step ${id} was called after its run had ended: it was neither done nor recorded`,
        details: { run_id: runId, step: id },
      });
    }
    const refused = { code: "USAGE", message: expect.stringContaining("after its run had ended") };
    await expect(lateAsk?.("late", { agent: "reviewer", action: "review" })).rejects.toMatchObject(refused);
    expect(calls).toEqual(["early"]);
    expect(fs.readFileSync(workspace.runFile("ledger.ndjson"))).toEqual(before);
    expect(workspace.events().at(-1)?.event).toBe(`run.${status}`);
  });
});

describe("a step that the function forgot to wait for", () => {
  const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

  it("is waited for and recorded; what was to follow it is neither done nor recorded", async () => {
    let following: Promise<unknown> | undefined;
    const { status } = await start(async ({ step }) => {
      const forgotten = step("forgotten", () => soon().then(noting("forgotten", 1)));
      following = forgotten.then(() => step("following", noting("following", 2)));
      following.catch(() => {});
    });
    expect(status).toBe("completed");
    await expect(following).rejects.toMatchObject({ code: "USAGE", details: { step: "following" } });
    expect(calls).toEqual(["forgotten"]);
    expect(workspace.events("forgotten")).toHaveLength(1);
  });

  it("is waited for also when the run is to stop", async () => {
    const controller = new AbortController();
    const forgetting: Execute = async ({ step }) => {
      void step("forgotten", () => {
        controller.abort();
        return soon().then(noting("forgotten", 1));
      });
      await new Promise((resolve) => setImmediate(resolve));
    };
    expect(await start(forgetting, { signal: controller.signal })).toMatchObject({ status: "completed" });
    expect(workspace.events("forgotten")).toHaveLength(1);
  });
});

it("a run that fails by itself tells the steps in flight by their signals, and has not failed those that end by it", async () => {
  const failing: Execute = async ({ step }) => {
    const waiting = step(
      "waiting",
      ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", reject)),
    );
    waiting.catch(() => {});
    await step("sent", { inputs: { token: { $env: "NOT_SET_ANYWHERE" } } }, noting("sent", 1));
  };
  await expect(start(failing)).rejects.toMatchObject({ code: "ENV_MISSING" });
  expect(workspace.events("waiting")).toEqual([]);
  expect(calls).toEqual([]);
});

it("a step that stops its own run has its time to end", async () => {
  const controller = new AbortController();
  const execute: Execute = ({ step }) =>
    step("one", async () => {
      controller.abort();
      await new Promise((resolve) => setImmediate(resolve));
      return 2;
    });
  expect(await start(execute, { signal: controller.signal })).toMatchObject({ status: "completed", output: 2 });
});

const afterStops: ["idempotent" | "once", string][] = [
  ["idempotent", "completed"],
  ["once", "paused"],
];
it.each(afterStops)("a step that fails by its signal has not failed: %s, the resume is %s", async (effect, status) => {
  const controller = new AbortController();
  const execute: Execute = ({ step }) =>
    step("fetch", { effect }, async ({ signal, ...attempt }) => {
      calls.push(`attempt ${attempt.attempt}`);
      if (calls.length > 1) return "fetched";
      setImmediate(() => controller.abort());
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
  expect(await start(execute, { signal: controller.signal })).toMatchObject({ status: "paused" });
  expect(await goOn(execute)).toMatchObject({ status });
  expect(calls.length).toBe(status === "completed" ? 2 : 1);
});

it.each(["step", "task"])("a %s that throws what nobody can look at has failed", async (who) => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const fail = () => {
    throw proxy;
  };
  const { error } = await start(({ step }) => (who === "task" ? fail() : step("one", fail)));
  expect(error).toMatchObject({ message: expect.stringContaining("something was thrown that cannot be printed") });
});

it("a step that is called after its run was stopped hears that", async () => {
  const controller = new AbortController();
  let late: TaskContext<Record<string, unknown>>["step"] | undefined;
  const { status } = await start(
    async ({ step }) => {
      late = step;
      controller.abort();
      await step("one", noting("one", 1));
    },
    { signal: controller.signal },
  );
  expect(status).toBe("paused");
  await expect(late?.("late", noting("late", 2))).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(calls).toEqual([]);
});

describe("a key that the caller chose", () => {
  const invoice = (amount: number) => ({ key: "invoice-42", inputs: { amount } });

  it("is a hit with the same inputs, whatever the step id, also after a resume", async () => {
    let lives = 0;
    const execute: Execute = async ({ step }) => {
      const first = await step("charge", invoice(7), noting("charge", "charged"));
      const second = await step("charge-again", invoice(7), noting("again", "charged twice"));
      lives += 1;
      if (lives === 1) crash();
      return [first, second];
    };
    await start(execute);
    expect(await goOn(execute)).toMatchObject({ output: ["charged", "charged"] });
    expect(calls).toEqual(["charge"]);
    expect(workspace.receipts()).toHaveLength(1);
    expect(workspace.receipts()[0]?.idempotency_key).toMatch(/^ck:[0-9a-f]{64}$/);
  });

  it("is refused with other inputs, also after a resume", async () => {
    let lives = 0;
    const execute: Execute = async ({ step }) => {
      lives += 1;
      if (lives === 1) await step("charge", invoice(7), noting("charge", 1)).then(crash);
      await step("charge", invoice(8), noting("charge 8", 1));
    };
    await start(execute);
    expect(await goOn(execute)).toMatchObject({ status: "failed", error: { code: "KEY_REUSED" } });
    expect(calls).toEqual(["charge"]);
  });

  it("is refused in the step that has it, also before that waits for anything", async () => {
    const { error, output } = await start(async ({ step }) => {
      const charge = (): Promise<string> =>
        step("charge", invoice(7), () => {
          calls.push("charge");
          return charge().catch(({ code }) => code);
        });
      return charge();
    });
    expect({ error, output, calls }).toEqual({ error: undefined, output: "KEY_IN_PROGRESS", calls: ["charge"] });
  });

  it("is refused while the first is still running", async () => {
    const { error } = await start(async ({ step }) => {
      const slow = step("charge", invoice(7), () => new Promise((resolve) => setImmediate(resolve)));
      await Promise.all([slow, step("other", invoice(7), noting("other", 1))]);
    });
    expect(error).toMatchObject({ code: "KEY_IN_PROGRESS" });
    expect(calls).toEqual([]);
  });
});

describe("a step that failed", () => {
  it("throws StepFailed with the recorded failure again, without being called", async () => {
    const seen: unknown[] = [];
    const execute: Execute = async ({ step }) => {
      const failing = step("one", () => {
        calls.push("one");
        throw Object.assign(new Error("no money"), { code: "NO_MONEY" });
      });
      await failing.catch((error) => seen.push(error));
      if (seen.length === 1) crash();
    };
    await start(execute);
    expect(await goOn(execute)).toMatchObject({ status: "completed" });
    expect(calls).toEqual(["one"]);
    expect(seen).toHaveLength(2);
    for (const error of seen) {
      expect(error).toBeInstanceOf(StepFailed);
      expect(error).toMatchObject({ step: "one", failure: { code: "NO_MONEY", message: "no money" } });
    }
  });

  it("is called again by a resume that retries", async () => {
    const execute: Execute = ({ step }) =>
      step("one", ({ attempt }) => {
        calls.push(`attempt ${attempt}`);
        if (attempt === 1) throw new Error("first");
        return attempt;
      });
    expect(await start(execute)).toMatchObject({ status: "failed", steps: ["one"] });
    expect(await goOn(execute)).toMatchObject({ status: "failed" });
    expect(await goOn(execute, { retryFailed: true })).toMatchObject({ status: "completed", output: 2 });
    expect(calls).toEqual(["attempt 1", "attempt 2"]);
  });

  it("is tried as often as its retry says", async () => {
    const execute: Execute = ({ step }) =>
      step("one", { retry: { maxAttempts: 3 } }, ({ attempt }) => (attempt < 3 ? crash() : attempt));
    expect(await start(execute)).toMatchObject({ status: "completed", output: 3 });
  });
});

describe("the input", () => {
  it("is recorded at the start, and read back by every process", async () => {
    const inputs: unknown[] = [];
    const input = { list: [1], large: "x".repeat(20_000) };
    const execute: Execute = async (context) => {
      inputs.push(structuredClone(context.input));
      if (inputs.length === 1) crash();
    };
    const started = start(execute, { input });
    input.list.push(2);
    await started;
    await goOn(execute);
    expect(inputs).toEqual([
      { list: [1], large: input.large },
      { list: [1], large: input.large },
    ]);
  });

  it("makes another run, if it is another", async () => {
    const execute: Execute = async () => crash();
    await start(execute, { input: { n: 1 } });
    await start(execute, { input: { n: 2 } });
    expect(workspace.runIds()).toHaveLength(2);
  });

  it("is refused if it is no JSON, before anything is created", async () => {
    await expect(start(async () => 1, { input: { when: new Date() } })).rejects.toMatchObject({ code: "NOT_JSON" });
    expect(workspace.runIds()).toEqual([]);
  });
});

describe("a task that is not the run's", () => {
  const pausing = defineTask("task", async () => crash(), { version: "1" });
  const others: FunctionTask<never, never>[] = [
    defineTask("other", async () => crash(), { version: "1" }),
    defineTask("task", async () => crash(), { version: "2" }),
    defineTask("task", async () => crash()),
  ];

  it("is refused by name and by version", async () => {
    const { runId } = await run(pausing, place);
    for (const other of others) {
      await expect(resume(other, { ...place, runId })).rejects.toMatchObject({ code: "TASK_MISMATCH", exitStatus: 2 });
    }
    await expect(resume({ ...place, runId })).rejects.toMatchObject({ code: "TASK_MISMATCH" });
  });
});

describe("a signal", () => {
  it("lets the running steps end, pauses, and can be resumed", async () => {
    const stop = new AbortController();
    const execute: Execute = async ({ step }) => {
      await step("first", () => {
        calls.push("first");
        stop.abort();
      });
      return step("second", noting("second", "done"));
    };
    const paused = await start(execute, { signal: stop.signal });
    expect(paused).toMatchObject({ status: "paused", reason: "interrupted", exitStatus: 130 });
    expect(calls).toEqual(["first"]);
    expect(await goOn(execute)).toMatchObject({ status: "completed", output: "done" });
    expect(calls).toEqual(["first", "second"]);
  });
});

describe("the snapshot of a function", () => {
  it("is the empty one if none is wanted", async () => {
    const { state } = await start(async () => 1);
    expect(state.snapshot_id).toBe("snap-4f53cda18c2b");
  });

  it("holds what the globs name", async () => {
    workspace.write("a.txt", "a");
    workspace.write("b.md", "b");
    const { state } = await start(async () => 1, { snapshot: { include: ["*.txt"] } });
    const manifest = JSON.parse(workspace.read(`.runledger/snapshots/${state.snapshot_id}.manifest.json`));
    expect(manifest.files).toMatchObject([{ path: "a.txt" }]);
  });
});

describe("1,000 steps at once", () => {
  it("share syncs", async () => {
    const { world, syncsOf } = countingWorld();
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    const execute: Execute = ({ step }) =>
      Promise.all(numbers.map((n) => step("one", { inputs: { n } }, async () => n))).then((all) => all.length);
    expect(await start(execute, { world })).toMatchObject({ status: "completed", output: 1000 });
    expect(syncsOf("ledger.ndjson")).toBeLessThan(50);
    expect(workspace.receipts()).toHaveLength(1000);
  });
});

describe("a step that throws what is no error", () => {
  const values: [string, () => unknown][] = [
    ["nothing", () => undefined],
    ["an object without a prototype", () => Object.create(null)],
    ["an error whose message is a number", () => Object.assign(new Error(), { message: 5 })],
    ["a value that throws when it is printed", () => ({ toString: crash })],
  ];
  it.each(values)("fails, and the run goes on to its end: %s", async (_, thrown) => {
    const done = await start(async ({ step }) => {
      const failed = await step("throws", () => {
        throw thrown();
      }).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(StepFailed);
      return (failed as StepFailed).failure.code;
    });
    expect(done).toMatchObject({ status: "completed", output: "STEP_THREW" });
  });
});

describe("a step of what is nested deeply", () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

  it("is refused before it is done if its inputs have more than 254 levels: no entry could hold them", async () => {
    let calls = 0;
    const done = await start(async ({ step }) => {
      const code = (levels: number) =>
        step("nest", { inputs: { list: nested(levels - 1) } }, () => ++calls).catch((error: StepFailed) => error.code);
      return [await code(254), await code(255), await code(256), await code(300)];
    });
    expect(done.output).toEqual([1, "NOT_JSON", "NOT_JSON", "NOT_JSON"]);
    expect(calls).toBe(1);
  });

  it("is recorded up to 254 levels, as a result stands inside an entry; above that it fails, and not the run", async () => {
    const done = await start(async ({ step }) => {
      const code = (levels: number) =>
        step("nest", { inputs: { levels } }, () => nested(levels)).then(
          () => "recorded",
          (error: StepFailed) => error.failure.code,
        );
      return [await code(254), await code(255), await code(256), await code(300)];
    });
    expect(done.output).toEqual(["recorded", "RESULT_NOT_JSON", "RESULT_NOT_JSON", "RESULT_NOT_JSON"]);
  });
});

describe("the time-out of a step", () => {
  it.each([3e9, 0, Number.NaN, "30"])("is refused if no timer can keep it: %s", async (timeoutMs) => {
    const done = start(async ({ step }) => {
      await step("late", { timeoutMs: timeoutMs as number }, () => 1);
    });
    await expect(done).resolves.toMatchObject({ status: "failed", state: { error: { code: "USAGE" } } });
  });
});
