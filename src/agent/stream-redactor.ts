import type { Found, SecretMatcher } from "./secret-matcher.ts";

/**
 * Replaces secrets in a stream of bytes, also where one is cut by the border of two chunks. What comes out is the same
 * for every division of the stream into chunks. Held back is only what may be the beginning of a secret.
 */
export class StreamRedactor {
  readonly #matcher: SecretMatcher;
  #held: Uint8Array = new Uint8Array();

  constructor(matcher: SecretMatcher) {
    this.#matcher = matcher;
  }

  /** Takes the next bytes; gives those that are settled. */
  write(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const { parts, settled } = redactedParts(this.#matcher, bytes, false);
    // A copy: whoever gave the chunk may fill it anew.
    this.#held = Uint8Array.from(bytes.subarray(settled));
    return Buffer.concat(parts);
  }

  /** The stream has ended: gives what was held back. */
  flush(): Uint8Array {
    const { parts } = redactedParts(this.#matcher, this.#held, true);
    this.#held = new Uint8Array();
    return Buffer.concat(parts);
  }
}

/** `bytes` with each secret replaced by `[redacted:NAME]`, as far as they are settled. */
export function redactedParts(
  matcher: SecretMatcher,
  bytes: Uint8Array,
  isEnd: boolean,
): { parts: Uint8Array[]; settled: number } {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (;;) {
    const next = matcher.next(bytes, from, isEnd);
    const until = settledUntil(next, bytes);
    parts.push(bytes.subarray(from, until));
    if (next === undefined || "unknown" in next) return { parts, settled: until };
    parts.push(Buffer.from(`[redacted:${next.name}]`));
    from = next.end;
  }
}

function settledUntil(next: Found | { unknown: number } | undefined, bytes: Uint8Array): number {
  if (next === undefined) return bytes.length;
  return "unknown" in next ? next.unknown : next.start;
}
