/** The UUID of `version` whose other bits are those of the first 32 digits of `hex`, in lower case (RFC 9562, 4.1 and 4.2). */
export function uuidOf(version: number, hex: string): string {
  const digit = hex.charCodeAt(16);
  // The last two bits of a digit: of "0" they are 0 as in its code, of "a" one more.
  const variant = "89ab"[(digit < letterA ? digit : digit + 1) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const letterA = 0x61;
