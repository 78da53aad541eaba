import type { Command } from "./command.ts";
import { Given } from "./given.ts";
import type { Option } from "./option.ts";
import { unknownWord, usageError } from "./usage-error.ts";

/**
 * What was typed after the name of `command`: `--name value`, `--name=value`, switches, words; after `--` only words.
 * `USAGE` names the option at fault and what was likely meant. (Not `util.parseArgs`: its errors name neither the
 * likely spelling nor the accepted values, and loading it takes as long as reading a run.)
 */
export function parseWords(command: Command, words: readonly string[]): Given {
  const given = new Given(command.name, command.options);
  const rest = words.values();
  for (const word of rest) {
    if (word === "--") for (const each of rest) takeWord(command, given, each);
    else if (word.startsWith("-") && word !== "-") takeOption(command, given, word, rest);
    else takeWord(command, given, word);
  }
  return given;
}

function takeOption(command: Command, given: Given, word: string, rest: Iterator<string>): void {
  const [, typed = word, inline] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
  const name = typed.slice("--".length);
  const option = typed.startsWith("--") && Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  if (option === undefined) {
    const known = Object.keys(command.options).map((each) => `--${each}`);
    throw unknownWord(`${command.name} has no option ${typed}`, typed, known, command.name);
  }
  if (given.has(name) && !option.repeatable) throw usageError(`${typed} is given twice`, command.name);
  given.set(
    name,
    option.value === undefined ? switchValue(command, typed, inline) : value(command, typed, inline, rest),
  );
}

function switchValue(command: Command, typed: string, inline: string | undefined): string {
  if (inline === undefined) return "";
  throw usageError(`${typed} is a switch: it takes no value`, command.name);
}

function value(command: Command, typed: string, inline: string | undefined, rest: Iterator<string>): string {
  const given = inline ?? rest.next().value;
  const { value, says } = command.options[typed.slice("--".length)] as Option;
  // An empty value is mostly a variable that nobody set: `--store "$STORE"` would take the store of the workspace.
  const isMissing = given === undefined || (given === "" && value === "DIR");
  // `--task --json` is a forgotten value; `--concurrency -1` is a wrong one, which its own check explains.
  if (!isMissing && (inline !== undefined || !/^-[^0-9]/.test(given))) return given;
  throw usageError(`${typed} needs a value: ${typed} ${value} (${says})`, command.name);
}

function takeWord(command: Command, given: Given, word: string): void {
  if (command.word === undefined)
    throw usageError(`${command.name} takes no word, but was given ${word}`, command.name);
  if (given.has(command.word)) {
    throw usageError(`${command.name} takes one --${command.word}, but was also given ${word}`, command.name);
  }
  given.set(command.word, word);
}
