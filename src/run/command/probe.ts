import { runExec } from "../../agent/exec.ts";
import type { ReadyStep } from "../../task/task.ts";
import { childVariables } from "./child-variables.ts";
import { choiceVariables } from "./choice-variables.ts";
import type { ProbeAnswer } from "./step-command.ts";
import type { StepContext } from "./step-context.ts";

/** A probe that says nothing within this time does not know. */
const probeTimeoutMs = 60_000;

/** Asks a step's own command whether its effect has happened: exit status 0 yes, 1 no, anything else unknown. */
export function probeOf(context: StepContext, step: ReadyStep, key: string): (() => Promise<ProbeAnswer>) | undefined {
  const { probe } = step;
  if (probe === undefined) return undefined;
  return async () => {
    const { processes, clock } = context.run.world;
    const attempt = context.run.state.commands.get(key)?.attempt ?? 1;
    const outcome = await runExec({
      processes,
      clock,
      secrets: context.secrets,
      objects: context.run.objects,
      run: probe,
      cwd: context.workspace,
      env: childVariables(
        context,
        step.id,
        { ...step.env, ...choiceVariables(context, step) },
        { command: { step: step.id, key, attempt } },
      ),
      timeoutMs: probeTimeoutMs,
      graceMs: context.policy.graceMs,
      signal: context.policy.stop,
      killSignal: context.policy.kill,
    });
    if (outcome.kind !== "exited") return "unknown";
    return answers.get(outcome.result.exit_code) ?? "unknown";
  };
}

const answers = new Map<number | null, ProbeAnswer>([
  [0, "yes"],
  [1, "no"],
]);
