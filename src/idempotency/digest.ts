import { RunledgerError } from "../errors.ts";

type Crypto = typeof import("node:crypto");

/** Loaded with the first digest: what only looks at runs makes none, and would wait for it. */
let loaded: Crypto | undefined;

const prefix = "sha256:";
const pattern = /^sha256:[0-9a-f]{64}$/;

/** SHA-256 as 64 lower-case hex digits. A string is hashed as UTF-8. */
export function sha256Hex(data: string | Uint8Array): string {
  return crypto().hash("sha256", data, "hex");
}

/** The 20 bytes of SHA-1, for UUIDv5, which wants it. Valid until the next is asked for. */
export function sha1(data: Uint8Array): Uint8Array {
  // Node takes three times as long to make a buffer of it. (Its hash knows latin1 as binary only.)
  sha1Bytes.write(crypto().hash("sha1", data, "binary"), "latin1");
  return sha1Bytes;
}

const sha1Bytes = Buffer.alloc(20);

/** A SHA-256 that takes its data piece by piece. */
export function startSha256(): ReturnType<Crypto["createHash"]> {
  return crypto().createHash("sha256");
}

function crypto(): Crypto {
  loaded ??= process.getBuiltinModule("node:crypto");
  return loaded;
}

/** SHA-256 in the form that files and messages use: `sha256:<64 lower-case hex digits>`. */
export function sha256(data: string | Uint8Array): string {
  return prefix + sha256Hex(data);
}

/** True for `sha256:` and 64 lower-case hex digits. */
export function isSha256(text: unknown): text is string {
  return typeof text === "string" && pattern.test(text);
}

/**
 * Returns if `actual` is the checksum `expected`. Else `CHECKSUM_INVALID`, whose sentence (and `details.reason`) says
 * what is wrong: the `prefix`, `length` or `digits` of either, or a `mismatch` of two good ones.
 */
export function checkSha256(expected: string, actual: string): void {
  checkForm("expected", expected);
  checkForm("got", actual);
  if (expected !== actual) refuse("mismatch", `checksum mismatch: expected ${expected}, got ${actual}`);
}

function checkForm(which: "expected" | "got", checksum: string): void {
  const shown = JSON.stringify(checksum.slice(0, 100));
  if (!checksum.startsWith(prefix)) refuse("prefix", `checksum (${which}) has no prefix "${prefix}": ${shown}`);
  const digits = checksum.length - prefix.length;
  if (digits !== 64) refuse("length", `checksum (${which}) has a length of ${digits} digits instead of 64: ${shown}`);
  if (!pattern.test(checksum)) refuse("digits", `checksum (${which}) has other than lower-case hex digits: ${shown}`);
}

function refuse(reason: string, sentence: string): never {
  throw new RunledgerError("CHECKSUM_INVALID", sentence, {
    hint: `A checksum is "${prefix}" and the 64 lower-case hex digits that sha256sum prints.`,
    details: { reason },
  });
}
