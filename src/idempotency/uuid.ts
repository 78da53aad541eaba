/** The UUID of `version` whose other bits are those of the first 32 digits of `hex` (RFC 9562, 4.1 and 4.2). */
export function uuidOf(version: number, hex: string): string {
  const variant = "89ab"[Number.parseInt(hex.slice(16, 17), 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
