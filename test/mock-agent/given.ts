import path from "node:path";
import { isTerminal } from "../../src/protocol/event-names.ts";
import type { Workspace } from "../run/given.ts";
import { repository } from "../source/source-files.ts";

export const program = [process.execPath, path.join(repository, "dist/main.js")];

/** The agent of a task that is played by the script `rehearsal.json` of the workspace. */
export function mockAgent(type: string, ...more: string[]): { command: string[] } {
  return { command: [...program, "mock-agent", "--type", type, "--script", "rehearsal.json", ...more] };
}

export function writeScript(workspace: Workspace, actions: object): void {
  workspace.write("rehearsal.json", { version: 1, actions });
}

/** What became of a step: its last terminal event, the faults of its agent, and how that ended. */
export function lifeOf(workspace: Workspace, step: string) {
  const events = workspace.events(step);
  const action = workspace.entries().find((entry) => entry.kind === "command" && entry.step === step);
  const name = action?.kind === "command" ? action.action : "";
  const end = events.filter(({ event }) => isTerminal(name, event)).at(-1);
  const agent = action?.kind === "command" ? action.to.agent_type : "";
  const exits = workspace.events().filter(({ event }) => event === "agent.exited");
  const exit = exits.find(({ payload }) => payload["agent"] === agent)?.payload;
  return {
    end: end?.event === "error" ? end.payload["code"] : end?.event,
    // At the deadline the agent's own failure may come before or after it is ended.
    faults: events
      .filter(({ event, payload }) => event === "agent.fault" && payload["code"] !== "FAILED_WHILE_ENDED")
      .map(({ payload }) => payload["code"]),
    exit: exit?.["signal"] ?? exit?.["exit_code"],
  };
}
