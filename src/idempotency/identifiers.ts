import { type Clock, type Randomness, randomHex, timestamp } from "../ports.ts";
import { uuidOf } from "./uuid.ts";

/** A new run id, `run-YYYYMMDD-HHMMSS-<8 hex>` in UTC, e.g. `run-20261121-070000-0a1b2c3d`. */
export function newRunId(clock: Clock, randomness: Randomness): string {
  const now = timestamp(clock).replaceAll(/[-:]/g, ""); // 20261121T070000.000Z
  return `run-${now.slice(0, 8)}-${now.slice(9, 15)}-${randomHex(randomness, 4)}`;
}

/** A new message id: a UUIDv7 (RFC 9562, 5.7) of the clock's milliseconds and random bits. It orders nothing; `seq` does. */
export function newMessageId(clock: Clock, randomness: Randomness): string {
  // A clock that nobody has set may be before 1970, which no UUID can say.
  bits.writeUIntBE(Math.max(clock.now(), 0), 0, timeBytes);
  let at = timeBytes;
  for (const random of randomness.bytes(bits.length - timeBytes)) bits[at++] = random;
  return uuidOf(7, bits);
}

const timeBytes = 6;
/** Filled again for each. */
const bits = Buffer.alloc(16);
