import type { Command } from "./command.ts";
import { command as key } from "./key.ts";
import { command as logs } from "./logs.ts";
import { command as replay } from "./replay.ts";
import { command as show } from "./show.ts";
import { command as status } from "./status.ts";
import { command as transcript } from "./transcript.ts";
import { unknownWord, usageError } from "./usage-error.ts";

// What works on runs or reads task files is loaded on demand: it needs more than all the rest. The rest is here at once:
// in files of their own these commands would share so many pieces with each other that opening them would take longer
// than reading what is not needed.
const heavy = (name: string) => async (): Promise<Command | undefined> => {
  const commands: Record<string, Command> = (await import("./heavy-commands.ts")).heavyCommands;
  return commands[name];
};

/** The commands in the order of the help. */
const loaders: Readonly<Record<string, () => Command | Promise<Command | undefined>>> = {
  run: heavy("run"),
  resume: heavy("resume"),
  decide: heavy("decide"),
  abort: heavy("abort"),
  status: () => status,
  logs: () => logs,
  transcript: () => transcript,
  show: () => show,
  verify: heavy("verify"),
  doctor: heavy("doctor"),
  replay: () => replay,
  key: () => key,
  snapshot: heavy("snapshot"),
  validate: heavy("validate"),
  "mock-agent": heavy("mock-agent"),
};

export const commandNames = Object.keys(loaders);

/** The command of that name. `USAGE` if there is none. */
export async function loadCommand(name: string): Promise<Command> {
  const command = Object.hasOwn(loaders, name) ? await loaders[name]?.() : undefined;
  if (command !== undefined) return command;
  // Alone it is answered before any command is known.
  if (name === "--version") throw usageError("--version takes nothing but --json");
  throw unknownWord(`there is no command ${JSON.stringify(name)}`, name, [...commandNames, "help"]);
}
