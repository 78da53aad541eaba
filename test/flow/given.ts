import fs from "node:fs";
import path from "node:path";
import type { CommandEntry } from "../../src/ledger/entry.ts";
import type { Workspace } from "../run/given.ts";
import { repository } from "../source/source-files.ts";

const example = path.join(repository, "examples/review-flow");

/** The example of the flow in `workspace`, its agents started by the program as it is built. Returns the task's file. */
export function givenFlow(workspace: Workspace): string {
  fs.cpSync(example, workspace.directory, { recursive: true });
  const file = workspace.path("tasks/handbook.yaml");
  const program = `${JSON.stringify(process.execPath)}, ${JSON.stringify(path.join(repository, "dist/main.js"))}`;
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll("[runledger,", `[${program},`));
  return "tasks/handbook.yaml";
}

/** Replaces the script of an agent. JSON is YAML too. */
export function script(workspace: Workspace, agent: string, actions: object): void {
  workspace.write(`rehearsal/${agent}.yaml`, { version: 1, actions });
}

/** What was asked, in order, each command once: `action round`. */
export function asked(workspace: Workspace): string[] {
  const commands = workspace.entries().filter((entry): entry is CommandEntry => entry.kind === "command");
  const first = new Map(commands.map((command) => [command.idempotency_key, command]));
  return [...first.values()].map(({ action, inputs }) => `${action} ${roundOf(inputs)}`);
}

function roundOf(inputs: Record<string, unknown>): unknown {
  return (inputs["$runledger"] as { round: number }).round;
}
