import type { RunledgerError } from "../index.ts";
import type { Command } from "./command.ts";
import { unknownWord } from "./usage-error.ts";

// Loaded on demand, in two groups: with one each, the parts that commands share would fall into so many files that
// opening them would take longer than reading the few that are not needed.
const light = async (): Promise<Record<string, Command>> => (await import("./light-commands.ts")).lightCommands;
const heavy = async (): Promise<Record<string, Command>> => (await import("./heavy-commands.ts")).heavyCommands;

/** The commands in the order of the help. */
const groups: Readonly<Record<string, typeof light>> = {
  run: heavy,
  resume: heavy,
  abort: heavy,
  status: light,
  logs: light,
  show: light,
  verify: heavy,
  replay: light,
  key: light,
  snapshot: heavy,
  validate: heavy,
};

export const commandNames = Object.keys(groups);

/** The command of that name. `USAGE` if there is none. */
export async function loadCommand(name: string): Promise<Command> {
  const load = Object.hasOwn(groups, name) ? groups[name] : undefined;
  const command = (await load?.())?.[name];
  if (command === undefined) throw unknownCommand(name);
  return command;
}

function unknownCommand(name: string): RunledgerError {
  return unknownWord(`there is no command ${JSON.stringify(name)}`, name, [...commandNames, "help"]);
}
