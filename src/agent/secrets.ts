import type { Environment } from "./env-reference.ts";
import { StreamRedactor } from "./stream-redactor.ts";

const secretName = /_(TOKEN|KEY|SECRET|PASSWORD)$/;
/** An idempotency key is told to every child; it is no secret, and redacting it would break receipts. */
const ownVariable = /^RUNLEDGER_/;
const minimumBytesByName = 8;
/**
 * A variable that `$env` names is secret whatever its name says. But a value of one to three bytes occurs everywhere by
 * chance: replacing each "1" would destroy what is recorded and hide nothing.
 */
const minimumBytesByReference = 4;

/**
 * The secrets of an environment, and their removal from what is recorded or shown. Secret are variables whose names end
 * in _TOKEN, _KEY, _SECRET or _PASSWORD with at least 8 bytes, and those that a `$env` names with at least 4 bytes.
 * White space around a value does not count. Found are the value and the form that JSON gives it inside a string.
 * Ids, keys and digests must not be passed through here.
 */
export class Secrets {
  readonly #patterns: Patterns | undefined;

  /** `referredTo`: the names of the variables that a `$env` names. */
  constructor(environment: Environment, referredTo: Iterable<string> = []) {
    const secrets = secretsOf(environment, new Set(referredTo));
    this.#patterns = secrets.length === 0 ? undefined : patternsOf(secrets);
  }

  /** `text` with every secret replaced by `[redacted:NAME]`: leftmost first, at one place the longest. */
  redactText(text: string): string {
    const patterns = this.#patterns;
    if (patterns === undefined) return text;
    return text.replace(patterns.text, (found) => replacement(patterns.nameOf.get(found)));
  }

  /** The same for every string and every member name in `value` (JSON). */
  redactValue<T>(value: T): T {
    return this.#patterns === undefined ? value : (this.#redacted(value) as T);
  }

  /** The name of a secret that occurs in a string or member name of `value` (JSON). */
  secretIn(value: unknown): string | undefined {
    if (this.#patterns === undefined) return undefined;
    if (typeof value === "string") return this.#nameIn(value);
    if (typeof value !== "object" || value === null) return undefined;
    for (const [name, each] of Object.entries(value)) {
      const found = this.#nameIn(name) ?? this.secretIn(each);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A redactor for one stream of bytes; undefined if there is nothing to redact. */
  streamRedactor(): StreamRedactor | undefined {
    const patterns = this.#patterns;
    if (patterns === undefined) return undefined;
    return new StreamRedactor(patterns.bytes, patterns.longestBytes, (found) =>
      latin1(replacement(patterns.nameOf.get(utf8(found)))),
    );
  }

  #redacted(value: unknown): unknown {
    if (typeof value === "string") return this.redactText(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((each) => this.#redacted(each));
    const members = Object.entries(value).map(([name, each]) => [this.redactText(name), this.#redacted(each)]);
    return Object.fromEntries(members);
  }

  #nameIn(text: string): string | undefined {
    const found = text.match(this.#patterns?.text ?? /$^/)?.[0];
    return found === undefined ? undefined : this.#patterns?.nameOf.get(found);
  }
}

interface Patterns {
  readonly text: RegExp;
  /** The same over bytes, each byte written as the character of its number. */
  readonly bytes: RegExp;
  readonly longestBytes: number;
  readonly nameOf: ReadonlyMap<string, string>;
}

interface Secret {
  readonly name: string;
  readonly form: string;
}

function secretsOf(environment: Environment, referredTo: ReadonlySet<string>): Secret[] {
  const names = Object.keys(environment).sort();
  return names.flatMap((name) => {
    const value = (environment[name] ?? "").trim();
    if (!isSecret(name, value, referredTo)) return [];
    return [...new Set([value, JSON.stringify(value).slice(1, -1)])].map((form) => ({ name, form }));
  });
}

function isSecret(name: string, value: string, referredTo: ReadonlySet<string>): boolean {
  if (ownVariable.test(name)) return false;
  const sizeBytes = Buffer.byteLength(value);
  if (referredTo.has(name) && sizeBytes >= minimumBytesByReference) return true;
  return secretName.test(name) && sizeBytes >= minimumBytesByName;
}

/** Longest first: a regular expression takes the first alternative that fits. */
function patternsOf(secrets: Secret[]): Patterns {
  const longestFirst = [...secrets].sort((a, b) => Buffer.byteLength(b.form) - Buffer.byteLength(a.form));
  const forms = longestFirst.map((secret) => secret.form);
  return {
    text: anyOf(forms),
    bytes: anyOf(forms.map(latin1)),
    longestBytes: Buffer.byteLength(forms[0] ?? ""),
    // Of two variables with one value the first by name is shown.
    nameOf: new Map(secrets.toReversed().map((secret) => [secret.form, secret.name])),
  };
}

function anyOf(forms: string[]): RegExp {
  return new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|"), "g");
}

function replacement(name: string | undefined): string {
  return `[redacted:${name}]`;
}

function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}
