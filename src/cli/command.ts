import type { Given } from "./given.ts";
import type { Option } from "./option.ts";
import type { Output } from "./output.ts";

/** One command of the command line: all that its parsing, its help and its work need. */
export interface Command<Name extends string = string> {
  readonly name: string;
  readonly summary: string;
  /** Without dashes. `help` is one of every command. */
  readonly options: Readonly<Record<Name, Option>>;
  /** The option that a word without dashes fills. */
  readonly word?: NoInfer<Name>;
  readonly examples: readonly string[];
  /** Paragraphs after the options. */
  readonly notes?: readonly string[];
  /** Does it; resolves with the exit status. */
  perform(given: Given<Name>, output: Output): Promise<number> | number;
}

/** The commands that a program has. */
export interface Commands {
  /** In the order of the help. */
  readonly names: readonly string[];
  /** The command of that name. `USAGE` if there is none. */
  readonly load: (name: string) => Promise<Command>;
}

/** Gives the names of the options to the type checker. */
export function defineCommand<Name extends string>(command: Command<Name>): Command {
  return command;
}
