import path from "node:path";
import type { Disk } from "../../src/durable/disk.ts";
import type { FunctionTask } from "../../src/run/function/define-task.ts";
import { defineTask } from "../../src/run/function/define-task.ts";
import type { RunOptions } from "../../src/run/session/options.ts";
import { resolveTask } from "../../src/task/resolve.ts";
import type { ResolvedTask } from "../../src/task/task.ts";
import { taskSchema } from "../../src/task/task-schema.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import { simulatedAgent } from "../simulated/simulated-agent.ts";
import type { Program } from "../simulated/simulated-program.ts";
import { imageWith } from "../simulated/simulated-world.ts";

export const workspace = "/project";
export const store = "/project/.runledger";

/** What lies outside of every disk: what was done to the rest of the world, by step and key. */
export interface Outside {
  readonly effects: () => readonly Effect[];
  effect(step: string, key: string): void;
  /** The disk as programs write it: without syncs. */
  readonly disk: Disk;
}

export interface Effect {
  readonly step: string;
  readonly key: string;
}

/** A run, short enough that each of its crashes can be tried. */
export interface Scenario {
  readonly name: string;
  readonly image: DiskImage;
  readonly options: RunOptions;
  /** Steps that may be done once, ever. */
  readonly once: readonly string[];
  /** Files of the workspace that it produces. */
  readonly outputs: readonly string[];
  task(outside: Outside): FunctionTask | ResolvedTask;
  programs(outside: Outside): Readonly<Record<string, Program>>;
}

const emptyWorkspace = imageWith({ [`${workspace}/`]: "" });

/** Three steps of a function: one after another, the second `once` with a probe that knows. */
export const functionRun: Scenario = {
  name: "a function of three steps",
  image: emptyWorkspace,
  options: { snapshot: false, workspace },
  once: ["pay"],
  outputs: [],
  programs: () => ({}),
  task: (outside) => {
    const done = doneOutside(outside);
    return defineTask("three", async ({ step }) => {
      const built = await step("build", { inputs: { commit: "4f2c1d9" } }, ({ key }) => {
        outside.effect("build", key);
        return { size: 3 };
      });
      await step("pay", { effect: "once", inputs: built, probe: done }, ({ key }) => outside.effect("pay", key));
      return step("report", ({ key }) => {
        outside.effect("report", key);
        return `built ${built.size}`;
      });
    }) as FunctionTask;
  },
};

/** Two steps at once, which share commits, and one whose result is an object. */
export const parallelRun: Scenario = {
  ...functionRun,
  name: "a function of three steps at once",
  once: [],
  task: (outside) =>
    defineTask("parallel", ({ step }) =>
      Promise.all(
        ["left", "large", "right"].map((id) =>
          step(id, ({ key }) => {
            outside.effect(id, key);
            return id === "large" ? "x".repeat(17_000) : id;
          }),
        ),
      ),
    ) as FunctionTask,
};

/** One step of a function: short enough for crashes inside of crashes. */
export const shortRun: Scenario = {
  ...functionRun,
  name: "a function of one step",
  once: ["pay"],
  task: (outside) =>
    defineTask("one", ({ step }) =>
      step("pay", { effect: "once", probe: doneOutside(outside) }, ({ key }) => outside.effect("pay", key)),
    ) as FunctionTask,
};

/** A task file of three plain commands, with a snapshot, outputs, a probe and an object. */
export const graphRun: Scenario = {
  name: "a graph of three plain commands",
  image: imageWith({
    [`${workspace}/in.txt`]: "in\n",
    [`${workspace}/.gitignore`]: "out/\n",
    [`${workspace}/out/`]: "",
  }),
  options: { workspace },
  once: ["publish"],
  outputs: ["out/a.txt", "out/b.txt"],
  task: () =>
    resolveTask(
      taskSchema.parse({
        version: 1,
        id: "graph",
        steps: [
          { id: "make", run: ["write", "out/a.txt"], expected_outputs: [{ path: "out/a.txt" }] },
          {
            id: "copy",
            needs: ["make"],
            run: ["write", "out/b.txt"],
            expected_outputs: [{ path: "out/b.txt" }],
            writes: [],
          },
          { id: "publish", needs: ["copy"], run: ["publish"], effect: "once", probe: ["published"], writes: [] },
        ],
      }),
    ),
  programs: (outside) => ({
    write: ({ arguments: [file = ""], env, cwd }) => {
      outside.effect(env["RUNLEDGER_STEP"] ?? "", env["RUNLEDGER_KEY"] ?? "");
      writeFile(outside.disk, path.join(cwd, file), `made by ${env["RUNLEDGER_STEP"]}\n`);
      return { exitCode: 0, stdout: env["RUNLEDGER_STEP"] === "make" ? "y".repeat(17_000) : "" };
    },
    publish: ({ env }) => {
      outside.effect("publish", env["RUNLEDGER_KEY"] ?? "");
      return { exitCode: 0 };
    },
    published: ({ env }) => ({ exitCode: isDone(outside, env["RUNLEDGER_KEY"] ?? "") ? 0 : 1 }),
  }),
};

/** A batch whose list comes from a command that would say something else later, and what needs it. */
export const batchRun: Scenario = {
  ...graphRun,
  name: "a batch of two items, and what needs it",
  once: ["publish"],
  outputs: ["out/a.txt", "out/b.txt"],
  task: () =>
    resolveTask(
      taskSchema.parse({
        version: 1,
        id: "batch",
        steps: [
          {
            id: "each",
            for_each: { command: ["list"] },
            run: ["write", { $item: true }],
            expected_outputs: [{ path: "{item}" }],
          },
          { id: "publish", needs: ["each"], run: ["publish"], effect: "once", probe: ["published"], writes: [] },
        ],
      }),
    ),
  programs: (outside) => ({
    ...graphRun.programs(outside),
    list: () => {
      const wasUsed = outside.effects().length > 0;
      return { exitCode: 0, stdout: wasUsed ? "out/z.txt\n" : "out/a.txt\nout/b.txt\n" };
    },
  }),
};

/** A step for an NDJSON agent, `once` with a probe, and one that needs what another of its steps says. */
export const agentRun: Scenario = {
  ...graphRun,
  name: "a graph of two steps of an NDJSON agent",
  once: ["publish"],
  outputs: ["out/draft.txt"],
  task: () => {
    const asked = { agent: "worker", action: "translate" };
    const steps = [
      { id: "draft", ...asked, inputs: { language: "cs" }, expected_outputs: [{ path: "out/draft.txt" }] },
      { id: "publish", ...asked, needs: ["draft"], effect: "once", probe: ["published"] },
    ];
    const agents = { worker: { command: ["agent"] } };
    return resolveTask(taskSchema.parse({ version: 1, id: "agents", agents, steps }));
  },
  programs: (outside) => ({
    published: ({ env }) => ({ exitCode: isDone(outside, env["RUNLEDGER_KEY"] ?? "") ? 0 : 1 }),
    agent: simulatedAgent({
      conduct: () => ({ manner: "sound", workMs: 20 }),
      perform: ({ step, idempotency_key }, { cwd }) => {
        outside.effect(step, idempotency_key);
        if (step === "draft") writeFile(outside.disk, path.join(cwd, "out/draft.txt"), "ahoj\n");
        return { words: 1 };
      },
    }),
  }),
};

function doneOutside(outside: Outside): (attempt: { key: string }) => Promise<boolean> {
  return async ({ key }) => isDone(outside, key);
}

function isDone(outside: Outside, key: string): boolean {
  return outside.effects().some((effect) => effect.key === key);
}

function writeFile(disk: Disk, file: string, content: string): void {
  const handle = disk.open(file, "lock");
  handle.truncate(0);
  handle.write(Buffer.from(content), 0);
  handle.close();
}
