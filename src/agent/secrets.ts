import type { Environment } from "./env-reference.ts";
import { SecretMatcher } from "./secret-matcher.ts";
import { redactedParts, StreamRedactor } from "./stream-redactor.ts";

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
 * White space around a value does not count. Found is a value as it is, in JSON, percent-encoded and in base64.
 * Ids, keys and digests must not be passed through here.
 */
export class Secrets {
  readonly #environment: Environment;
  readonly #referredTo: Set<string>;
  #matcher: SecretMatcher | undefined;

  /** `referredTo`: the names of the variables that a `$env` names. */
  constructor(environment: Environment, referredTo: Iterable<string> = []) {
    this.#environment = environment;
    this.#referredTo = new Set(referredTo);
    this.#matcher = matcherOf(environment, this.#referredTo);
  }

  /** From now on what these variables hold is secret, too: a function says only when it takes a step which one it names. */
  alsoReferTo(names: readonly string[]): void {
    if (names.every((name) => this.#referredTo.has(name))) return;
    for (const name of names) this.#referredTo.add(name);
    this.#matcher = matcherOf(this.#environment, this.#referredTo);
  }

  /** There is nothing to find. */
  get areNone(): boolean {
    return this.#matcher === undefined;
  }

  /** `text` with every secret replaced by `[redacted:NAME]`: leftmost first, at one place the longest. */
  redactText(text: string): string {
    if (this.#matcher === undefined) return text;
    const { parts } = redactedParts(this.#matcher, Buffer.from(text), true);
    // Without a secret the text stays as it is, also where it is no well-formed Unicode.
    return parts.length === 1 ? text : Buffer.concat(parts).toString();
  }

  /** The same for every string and every member name in `value` (JSON). */
  redactValue<T>(value: T): T {
    return this.#matcher === undefined ? value : (this.#redacted(value) as T);
  }

  /** The name of a secret that occurs in a string or member name of `value` (JSON). */
  secretIn(value: unknown): string | undefined {
    if (this.#matcher === undefined) return undefined;
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
    return this.#matcher === undefined ? undefined : new StreamRedactor(this.#matcher);
  }

  #redacted(value: unknown): unknown {
    if (typeof value === "string") return this.redactText(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((each) => this.#redacted(each));
    const members = Object.entries(value).map(([name, each]) => [this.redactText(name), this.#redacted(each)]);
    return Object.fromEntries(members);
  }

  #nameIn(text: string): string | undefined {
    const found = this.#matcher?.next(Buffer.from(text), 0, true);
    return found !== undefined && "name" in found ? found.name : undefined;
  }
}

interface Secret {
  readonly name: string;
  readonly value: string;
}

function matcherOf(environment: Environment, referredTo: ReadonlySet<string>): SecretMatcher | undefined {
  const secrets = secretsOf(environment, referredTo);
  return secrets.length === 0 ? undefined : new SecretMatcher(secrets);
}

/** Each value once: of two variables with one value the first by name is shown. */
function secretsOf(environment: Environment, referredTo: ReadonlySet<string>): Secret[] {
  const nameOf = new Map<string, string>();
  for (const name of Object.keys(environment).sort()) {
    const value = (environment[name] ?? "").trim();
    if (isSecret(name, value, referredTo) && !nameOf.has(value)) nameOf.set(value, name);
  }
  return [...nameOf].map(([value, name]) => ({ name, value }));
}

function isSecret(name: string, value: string, referredTo: ReadonlySet<string>): boolean {
  if (ownVariable.test(name)) return false;
  const sizeBytes = Buffer.byteLength(value);
  if (referredTo.has(name) && sizeBytes >= minimumBytesByReference) return true;
  return secretName.test(name) && sizeBytes >= minimumBytesByName;
}
