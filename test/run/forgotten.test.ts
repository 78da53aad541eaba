import { getEventListeners } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { defineTask, loadTask, type RunOptions, run } from "../../src/index.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const workspaces = givenWorkspaces();

type Options = Omit<RunOptions, "input">;

/** Signals of a program that lives longer than its runs. */
const signals = { signal: new AbortController().signal, killSignal: new AbortController().signal };

const takesNotice = async (signal: AbortSignal) => signal.addEventListener("abort", () => {});
const listening = defineTask("listening", async ({ step, signal }) => {
  await takesNotice(signal);
  await step("one", async (attempt) => takesNotice(attempt.signal));
});
const failing = defineTask("failing", async ({ step }) => {
  await step("one", () => Promise.reject(new Error("not today")));
});

const runs = {
  "a function": (_, options) => run(listening, options),
  "a function that fails": (_, options) => run(failing, options),
  "a task file": async (workspace, options) => {
    const steps = [
      { id: "one", run: "true" },
      { id: "two", needs: ["one"], run: "false" },
    ];
    return run(await loadTask(workspace.path(workspace.task(steps))), options);
  },
} satisfies Record<string, (workspace: Workspace, options: Options) => Promise<unknown>>;

/** What the program gave to the run and holds on to no longer. */
async function given(name: keyof typeof runs, options: Options): Promise<WeakRef<object>> {
  const workspace = workspaces.make();
  const { directory, store } = workspace;
  const entries: unknown[] = [];
  const onEntry = (entry: unknown) => void entries.push(entry);
  await runs[name](workspace, { ...options, workspace: directory, store, onEntry });
  expect(entries).not.toEqual([]);
  return new WeakRef(entries);
}

describe.each(Object.keys(runs) as (keyof typeof runs)[])("a run of %s that has ended", (name) => {
  it.each([
    ["no signal", {}],
    ["one signal", { signal: signals.signal }],
    ["two signals", signals],
  ])("is forgotten by the program that goes on, which gave it %s", async (_, options) => {
    const forgotten = await given(name, options);
    await turn();
    collectGarbage();
    expect(forgotten.deref()).toBeUndefined();
  });

  it("listens to nothing any more", async () => {
    await given(name, signals);
    expect(getEventListeners(signals.signal, "abort")).toEqual([]);
    expect(getEventListeners(signals.killSignal, "abort")).toEqual([]);
  });
});
