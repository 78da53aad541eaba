import { commandNames, loadCommand } from "./commands.ts";
import { Output } from "./output.ts";
import { runWords } from "./run-words.ts";

/** The program with all its commands. Never rejects. */
export function runProgram(words: readonly string[]): Promise<void> {
  // Known before the words are parsed: a refusal of the words is a document, too.
  const output = new Output({ json: words.includes("--json") });
  return runWords(words, { names: commandNames, load: loadCommand }, output);
}
