import { loadCommand } from "./commands.ts";
import { help } from "./help.ts";
import { Output } from "./output.ts";
import { parseWords } from "./parse.ts";
import { reportError } from "./report-error.ts";

/** Does what `words`, the command line after the program's name, say, and sets the exit status. Never rejects. */
export async function runProgram(words: readonly string[]): Promise<void> {
  // Known before the words are parsed: a refusal of the words is a document, too.
  const output = new Output({ json: words.includes("--json") });
  process.on("uncaughtException", (error) => process.exit(reportError(output, error)));
  try {
    process.exitCode = await perform(words, output);
    await output.finish();
  } catch (error) {
    process.exitCode = reportError(output, error);
  }
}

async function perform(words: readonly string[], output: Output): Promise<number> {
  const [name = "help", ...rest] = words;
  const [about] = rest.filter((word) => !word.startsWith("-"));
  if (isHelp(name)) return printHelp(output, about);
  const command = await loadCommand(name);
  if (rest.some((word) => word === "--help" || word === "-h")) return printHelp(output, name);
  return command.perform(parseWords(command, rest), output);
}

function isHelp(word: string): boolean {
  return word === "help" || word === "--help" || word === "-h";
}

async function printHelp(output: Output, name: string | undefined): Promise<number> {
  const text = await help(name);
  if (output.json) output.document({ version: 1, help: text });
  else output.lines(text);
  return 0;
}
