import { defineTask, type FunctionTask, type TaskContext } from "../../src/run/function/define-task.ts";
import { resolveTask } from "../../src/task/resolve.ts";
import type { ResolvedTask } from "../../src/task/task.ts";
import { taskSchema } from "../../src/task/task-schema.ts";
import { simulatedAgent } from "../simulated/simulated-agent.ts";
import type { Program, ProgramCall, ProgramEnd } from "../simulated/simulated-program.ts";
import type { DrawnStep, DrawnTask } from "./drawn-task.ts";
import { type DrawnWorld, outputOf } from "./drawn-world.ts";

/** The process in which a function runs. */
export interface Host {
  sleep(ms: number): Promise<void>;
  /** The whole process dies. */
  die(): void;
}

/** A drawn task as runledger takes it. */
export function taskOf(drawn: DrawnTask, world: DrawnWorld, host: Host): FunctionTask | ResolvedTask {
  if (drawn.kind === "graph") return graphOf(drawn);
  return defineTask(drawn.kind, async (context) => {
    if (drawn.kind === "parallel")
      return Promise.all(drawn.steps.map((step) => call(step, null, context, world, host)));
    let last: unknown = null;
    for (const step of drawn.steps) last = await call(step, last, context, world, host);
    return last;
  }) as FunctionTask;
}

function call(drawn: DrawnStep, before: unknown, { step, runId }: TaskContext<unknown>, world: DrawnWorld, host: Host) {
  const { effect, maxAttempts, timeoutMs, probe } = drawn;
  const answer = async ({ key }: { key: string }) => (probe === "knows" ? world.isDone(runId, key) : "unknown");
  const options = { inputs: { before }, effect, retry: { maxAttempts }, timeoutMs };
  return step(drawn.id, probe === "none" ? options : { ...options, probe: answer }, async ({ key }) => {
    const { manner, workMs } = world.conduct(drawn);
    await host.sleep(workMs);
    if (manner === "dies before") host.die();
    if (manner.endsWith("before")) return never();
    if (manner === "fails") throw new Error("not today");
    world.perform(drawn, runId, key);
    await host.sleep(workMs);
    if (manner === "dies after") host.die();
    if (manner.endsWith("after")) return never();
    if (effect === "once") return null;
    return drawn.large ? "x".repeat(17_000) : { done: drawn.id };
  });
}

function graphOf({ concurrency, steps }: DrawnTask): ResolvedTask {
  const agents = { worker: { command: ["agent"] } };
  const file = { version: 1, id: "drawn", concurrency, agents, steps: steps.map(stepOf) };
  return resolveTask(taskSchema.parse(file));
}

function stepOf(step: DrawnStep): Record<string, unknown> {
  const { id, needs, effect, probe, maxAttempts, timeoutMs } = step;
  return {
    ...{ id, needs, effect, timeout_ms: timeoutMs, retry: { max_attempts: maxAttempts }, writes: [] },
    ...(step.by === "agent" ? { agent: "worker", action: "translate" } : { run: ["work", id] }),
    ...(probe === "none" ? {} : { probe: ["probe", id] }),
    ...(step.writes ? { expected_outputs: [{ path: outputOf(step) }] } : {}),
  };
}

/** The programs that a drawn task file names. */
export function programsOf(drawn: DrawnTask, world: DrawnWorld): Readonly<Record<string, Program>> {
  const find = (id: string | undefined) => drawn.steps.find((step) => step.id === id) as DrawnStep;
  return {
    work: (call) => work(find(call.arguments[0]), world, call),
    probe: ({ arguments: [id], env }) => {
      if (find(id).probe === "unsure") return { exitCode: 2 };
      return { exitCode: world.isDone(env["RUNLEDGER_RUN_ID"] ?? "", env["RUNLEDGER_KEY"] ?? "") ? 0 : 1 };
    },
    agent: simulatedAgent({
      conduct: (command) => world.conduct(find(command.step)),
      perform: (command, { env }) => {
        world.perform(find(command.step), env["RUNLEDGER_RUN_ID"] ?? "", command.idempotency_key);
        return { said: find(command.step).large ? "z".repeat(17_000) : command.step };
      },
    }),
  };
}

/** A plain command. What is `once` does not die after its effect: a status other than 0 says that it has failed. */
async function work(step: DrawnStep, world: DrawnWorld, call: ProgramCall): Promise<ProgramEnd> {
  const { manner, workMs } = world.conduct(step);
  if (manner.startsWith("hangs")) call.ignoreSigterm();
  await call.sleep(workMs);
  if (manner === "hangs before") return "hang";
  if (manner === "dies before") return { signal: "SIGSEGV" };
  if (manner === "fails") return { exitCode: 3, stderr: "not today\n" };
  if (manner === "rubbish") return { exitCode: 4, stdout: "\u0000\u001b[2J\u0007".repeat(5_000) };
  world.perform(step, call.env["RUNLEDGER_RUN_ID"] ?? "", call.env["RUNLEDGER_KEY"] ?? "");
  await call.sleep(workMs);
  if (manner === "hangs after") return "hang";
  if (manner === "dies after" && step.effect !== "once") return { signal: "SIGKILL" };
  return { exitCode: 0, stdout: step.large ? "y".repeat(17_000) : `${step.id}\n` };
}

/** A promise of its own each time: a single one would keep alive whoever has ever waited for it. */
function never(): Promise<never> {
  return new Promise(() => {});
}
