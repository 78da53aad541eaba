import path from "node:path";
import type { CommandEntry, EventEntry } from "../../src/ledger/entry.ts";
import type { Workspace } from "../run/given.ts";

const worker = path.join(import.meta.dirname, "fixtures/worker.mjs");

type Planned = "done" | "error" | "die" | "hang" | "mute" | "done and gone" | { is: "limited"; after_ms: number };

interface GivenAgent {
  readonly plan: readonly Planned[];
  /** Further members of the agent in the task. */
  readonly more?: object;
}

/** A task of these steps; those that name no program are of agent `builder`. */
export function givenTask(
  workspace: Workspace,
  steps: readonly object[],
  agents: Record<string, GivenAgent>,
  more: object = {},
): string {
  for (const [name, { plan }] of Object.entries(agents)) workspace.write(`plan-${name}.json`, plan);
  workspace.write(".gitignore", "counters\nasked-*\nseen-*\n");
  const declared = Object.entries(agents).map(([name, agent]) => [
    name,
    { command: [process.execPath, worker, name], ...agent.more },
  ]);
  const whole = steps.map((step) => ("run" in step ? step : { agent: "builder", action: "work", ...step }));
  return workspace.task(whole, { agents: Object.fromEntries(declared), ...more });
}

/** What became of agents, in order: `started`, `started again`, or why it ended. */
export function livesOf(workspace: Workspace, agent = "builder"): string[] {
  return workspace.events().flatMap(({ event, payload }) => {
    if (payload["agent"] !== agent) return [];
    if (event === "agent.started") return [payload["restart"] === true ? "started again" : "started"];
    return event === "agent.exited" ? [String(payload["reason"])] : [];
  });
}

/** How the commands of the run ended: step, attempt, and the event or its code. */
export function endsOf(workspace: Workspace): string[] {
  const ends = workspace.events().filter(({ event }) => event === "error" || event.endsWith(".completed"));
  return ends
    .filter(({ step }) => step !== undefined)
    .map(({ step, attempt, event, payload }) => `${step} ${attempt} ${payload["code"] ?? event}`);
}

export const waitsOf = (workspace: Workspace): EventEntry[] =>
  workspace.events().filter(({ event }) => event === "run.waiting");

export const commandsOf = (workspace: Workspace): CommandEntry[] =>
  workspace.entries().filter((entry) => entry.kind === "command");

/** What the agent was asked: its pid, the step, the key and the attempt of each command. */
export function seenBy(workspace: Workspace, agent = "builder") {
  const lines = workspace.read(`seen-${agent}`).trimEnd().split("\n");
  return lines.map((line) => {
    const [pid, step, key, attempt] = line.split(" ");
    return { pid, step, key, attempt: Number(attempt) };
  });
}

/** Whether the run has said that it waits; false while there is no run. */
export function hasWaited(workspace: Workspace): boolean {
  try {
    return waitsOf(workspace).length > 0;
  } catch {
    return false;
  }
}
