import { parseStrictJson, RunledgerError } from "../index.ts";
import type { Option } from "./option.ts";
import { unknownWord, usageError } from "./usage-error.ts";

/** The options that were given to a command, with the checks of their values. `USAGE` names the option. */
export class Given<Name extends string = string> {
  readonly command: string;
  readonly #options: Readonly<Record<Name, Option>>;
  readonly #values = new Map<string, string[]>();

  constructor(command: string, options: Readonly<Record<Name, Option>>) {
    this.command = command;
    this.#options = options;
  }

  set(name: Name, value: string): void {
    this.#values.set(name, [...this.texts(name), value]);
  }

  has(name: Name): boolean {
    return this.#values.has(name);
  }

  text(name: Name): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  texts(name: Name): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  required(name: Name): string {
    const text = this.text(name);
    if (text !== undefined) return text;
    const { value, says } = this.#options[name];
    throw usageError(`${this.command} needs --${name} ${value} (${says})`, this.command);
  }

  wholeNumber(name: Name, least: number, most: number): number | undefined {
    return this.#number(name, /^\d{1,15}$/, "a whole number", least, most);
  }

  number(name: Name, least: number, most: number): number | undefined {
    return this.#number(name, /^\d{1,15}(\.\d{1,9})?$/, "a number", least, most);
  }

  oneOf<Value extends string>(name: Name, accepted: readonly Value[]): Value | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : this.choice(name, text, accepted);
  }

  /** `text`, a value of the option `name` or a part of one, if it is one of `accepted`. */
  choice<Value extends string>(name: Name, text: string, accepted: readonly Value[]): Value {
    const found = accepted.find((value) => value === text);
    if (found !== undefined) return found;
    const sentence = `--${name} is one of ${accepted.join(", ")}, not ${JSON.stringify(text)}`;
    throw unknownWord(sentence, text, accepted, this.command);
  }

  json(name: Name): unknown {
    return this.parsedJson(name, this.required(name));
  }

  /** `text`, a value of the option `name` or a part of one, as JSON that every reader reads alike. */
  parsedJson(name: Name, text: string): unknown {
    try {
      return parseStrictJson(text);
    } catch (error) {
      if (!(error instanceof RunledgerError)) throw error;
      throw usageError(`--${name} is ${error.message}`, this.command);
    }
  }

  #number(name: Name, form: RegExp, kind: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (form.test(text) && value >= least && value <= most) return value;
    throw usageError(`--${name} is ${kind} from ${least} to ${most}, not ${JSON.stringify(text)}`, this.command);
  }
}
