import { invariant, RunledgerError } from "../errors.ts";
import type { Scan, ScannedLine } from "./scan.ts";
import type { Watermark } from "./watermark.ts";

/** Why a ledger is refused: what had been acknowledged is missing or wrong. */
export interface Damage {
  /** From 1. */
  readonly line: number;
  /** Byte offset of that line. */
  readonly byte: number;
  readonly reason: string;
}

/**
 * Follows a scan and knows the durable floor: what must be there. It is the greater of the watermark and the largest
 * `durable` that an entry names, be it in the valid prefix or behind a break. Bytes below it that are wrong or missing
 * are damage, which is refused; bytes beyond it were never acknowledged.
 */
export class Floor {
  readonly #watermark: Watermark | undefined;
  /**
   * The last entry of the valid prefix that a later one has called durable, and where its line ends. Its seq is
   * counted.
   */
  #namedSeq = 0;
  #namedEndByte = 0;
  /**
   * Where the lines behind that one end, in order. As many as one commit holds. Of each only this is kept: what
   * outlives many lines makes V8 take more memory for what is young.
   */
  readonly #pendingEndBytes: number[] = [];
  #disagreement: Damage | undefined;

  constructor(watermark: Watermark | undefined) {
    this.#watermark = watermark;
  }

  /** Each line of the valid prefix, from the first on. */
  see({ seq, hash, durable, endByte }: ScannedLine): void {
    invariant(seq === this.#namedSeq + this.#pendingEndBytes.length + 1, "the floor sees each entry in its turn");
    while (this.#namedSeq < durable && this.#pendingEndBytes.length > 0) {
      this.#namedSeq += 1;
      this.#namedEndByte = this.#pendingEndBytes.shift() ?? this.#namedEndByte;
    }
    this.#pendingEndBytes.push(endByte);
    if (seq === this.#watermark?.head.seq) this.#compare(this.#watermark, hash, endByte);
  }

  /** Where the durable part of the valid prefix ends. Meaningful once {@link damage} said that there is none. */
  get endByte(): number {
    const watermark = this.#watermark;
    if (watermark === undefined || watermark.head.seq <= this.#namedSeq) return this.#namedEndByte;
    return watermark.lengthBytes;
  }

  /** What is wrong below the floor, or undefined. */
  damage(scan: Scan): Damage | undefined {
    if (this.#disagreement !== undefined) return this.#disagreement;
    const mustReach = Math.max(this.#watermark?.head.seq ?? 0, scan.durableBehindBreak);
    if (mustReach <= scan.head.seq) return undefined;
    const missing = scan.broken?.reason ?? `the file ends here, at byte ${scan.fileBytes}`;
    return {
      line: scan.head.seq + 1,
      byte: scan.lengthBytes,
      reason: `${missing}; entries up to ${mustReach} were acknowledged, only ${scan.head.seq} are there`,
    };
  }

  #compare(watermark: Watermark, hash: string, endByte: number): void {
    if (watermark.head.hash === hash && watermark.lengthBytes === endByte) return;
    const { head, lengthBytes } = watermark;
    const told = `the watermark says byte ${lengthBytes}, hash ${head.hash}`;
    const reason = `entry ${head.seq} ends at byte ${endByte} with hash ${hash}, ${told}`;
    this.#disagreement = { line: head.seq, byte: endByte, reason };
  }
}

/** `LEDGER_DAMAGED`, naming file, line and byte. */
export function damageError(file: string, damage: Damage): RunledgerError {
  return new RunledgerError("LEDGER_DAMAGED", `${file}: line ${damage.line}, byte ${damage.byte}: ${damage.reason}`, {
    hint: "Nothing was changed. Restore the run's folder from a backup; `runledger verify` lists all that is wrong.",
    details: { file, ...damage },
  });
}
