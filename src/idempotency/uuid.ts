const digits = Buffer.from("0123456789abcdef");
/** Where a dash stands before the byte of this number. */
const dashed = (1 << 4) | (1 << 6) | (1 << 8) | (1 << 10);
/** Filled again for each: a text that is joined of pieces keeps the pieces. */
const text = Buffer.from("00000000-0000-0000-0000-000000000000");

/** The UUID of `version` whose other bits are those of the first 16 `bytes` (RFC 9562, 4.1 and 4.2). */
export function uuidOf(version: number, bytes: Uint8Array): string {
  let at = 0;
  for (let index = 0; index < 16; index++) {
    if (dashed & (1 << index)) at += 1;
    const byte = withMarks(version, index, bytes[index] as number);
    text[at] = digits[byte >> 4] as number;
    text[at + 1] = digits[byte & 15] as number;
    at += 2;
  }
  return text.toString("latin1");
}

/** The four bits of the version and the two of the variant have their fixed places. */
function withMarks(version: number, index: number, byte: number): number {
  if (index === 6) return (version << 4) | (byte & 0x0f);
  return index === 8 ? 0x80 | (byte & 0x3f) : byte;
}
