import type { Scan } from "../../ledger/scan.ts";

/** What a reader says of bytes behind the last entry. */
export function tornTail({ fileBytes, lengthBytes }: Scan): string {
  const bytes = fileBytes - lengthBytes;
  return `${bytes} bytes behind the last entry were never acknowledged; the next resume sets them aside`;
}
