import { parseArgs } from "node:util";
import type { Command, Option } from "./command.ts";
import { Given } from "./given.ts";
import { unknownWord, usageError } from "./usage-error.ts";

/** What was typed after the name of `command`. `USAGE` names the option at fault and what was likely meant. */
export function parseWords(command: Command, words: readonly string[]): Given {
  const given = new Given(command.name, command.options);
  for (const token of tokensOf(command, words)) {
    if (token.kind === "positional") takeWord(command, given, token.value);
    else if (token.kind === "option") takeOption(command, given, token);
  }
  return given;
}

type Token = NonNullable<ReturnType<typeof tokensOf>>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

function tokensOf(command: Command, words: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" } as const]),
  );
  // Not strict: its errors name neither the likely spelling nor the accepted values.
  return parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function takeOption(command: Command, given: Given, { name, rawName, value, inlineValue }: OptionToken): void {
  const option = command.options[name];
  if (option === undefined || !rawName.startsWith("--")) {
    const known = Object.keys(command.options).map((each) => `--${each}`);
    throw unknownWord(`${command.name} has no option ${rawName}`, rawName, known, command.name);
  }
  if (option.value === undefined) {
    if (value !== undefined) throw usageError(`${rawName} is a switch: it takes no value`, command.name);
    given.set(name, "");
  } else {
    // `--task --json` is a forgotten value; `--concurrency -1` is a wrong one, which its own check explains.
    if (value === undefined || (!inlineValue && /^-[^0-9]/.test(value))) throw valueMissing(command, rawName, option);
    if (given.has(name) && !option.repeatable) throw usageError(`${rawName} is given twice`, command.name);
    given.set(name, value);
  }
}

function takeWord(command: Command, given: Given, word: string): void {
  if (command.word === undefined)
    throw usageError(`${command.name} takes no word, but was given ${word}`, command.name);
  if (given.has(command.word)) {
    throw usageError(`${command.name} takes one --${command.word}, but was also given ${word}`, command.name);
  }
  given.set(command.word, word);
}

function valueMissing(command: Command, rawName: string, { value, says }: Option) {
  return usageError(`${rawName} needs a value: ${rawName} ${value} (${says})`, command.name);
}
