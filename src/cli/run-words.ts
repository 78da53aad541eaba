import type { Commands } from "./command.ts";
import { help } from "./help.ts";
import type { Output } from "./output.ts";
import { parseWords } from "./parse.ts";
import { reportError } from "./report-error.ts";

/** Does what `words`, the command line after the program's name, say, and sets the exit status. Never rejects. */
export async function runWords(words: readonly string[], commands: Commands, output: Output): Promise<void> {
  process.on("uncaughtException", (error) => process.exit(reportError(output, error)));
  try {
    process.exitCode = await perform(words, commands, output);
    await output.finish();
  } catch (error) {
    process.exitCode = reportError(output, error);
  }
}

async function perform(words: readonly string[], commands: Commands, output: Output): Promise<number> {
  const [name = "help", ...rest] = words;
  const [about] = rest.filter((word) => !word.startsWith("-"));
  if (isHelp(name)) return printHelp(output, commands, about);
  const command = await commands.load(name);
  if (rest.some((word) => word === "--help" || word === "-h")) return printHelp(output, commands, name);
  return command.perform(parseWords(command, rest), output);
}

function isHelp(word: string): boolean {
  return word === "help" || word === "--help" || word === "-h";
}

async function printHelp(output: Output, commands: Commands, name: string | undefined): Promise<number> {
  const text = await help(commands, name);
  if (output.json) output.document({ version: 1, help: text });
  else output.lines(text);
  return 0;
}
