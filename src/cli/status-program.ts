import { openDescriptor } from "./descriptor.ts";
import { Output } from "./output.ts";
import { runWords } from "./run-words.ts";
import { command as status } from "./status.ts";

/**
 * The program with no command but `status`, which is asked for again and again: built as one file, and writing to plain
 * descriptors, it starts in half the time. Never rejects.
 */
export function runStatus(words: readonly string[]): Promise<void> {
  const output = new Output({ json: words.includes("--json") }, openDescriptor);
  return runWords(words, { names: [status.name], load: () => Promise.resolve(status) }, output);
}
