import { likelySpelling, RunledgerError } from "../index.ts";

/** `USAGE` (exit 2): what was typed is no command. `command`: whose help says more. */
export function usageError(sentence: string, command?: string, likely?: string): RunledgerError {
  const help = `runledger help${command === undefined ? "" : ` ${command}`}`;
  const hint = likely === undefined ? `See: ${help}` : `Did you mean ${likely}? Otherwise see: ${help}`;
  return new RunledgerError("USAGE", sentence, { hint });
}

/** As {@link usageError} for a word that is none of `known`. */
export function unknownWord(
  sentence: string,
  word: string,
  known: readonly string[],
  command?: string,
): RunledgerError {
  return usageError(sentence, command, likelySpelling(word, known));
}
