import type { DiskFile } from "../durable/disk.ts";
import { hashBytes, maxLineBytes, sealBytes } from "./line.ts";

/** One line of a file. Its bytes are valid only until the next line is asked for. */
export interface RawLine {
  /** Holds the line from `from` to `to`, without its LF, behind at least 64 bytes. Of a line that is too long, only its last 75 bytes: as much as a seal. */
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
  /** Byte offset in the file of the first byte, and of the one after the LF (or of the end of the file). */
  readonly start: number;
  readonly end: number;
  readonly terminated: boolean;
  readonly tooLong: boolean;
}

export function bytesOf({ buffer, from, to }: RawLine): Buffer {
  return buffer.subarray(from, to);
}

const chunkBytes = 4 * maxLineBytes;
/** Room in front of every line, for whoever hashes it. */
const front = hashBytes;

/**
 * The lines of `file` from byte 0 to byte `until`, in constant memory whatever is in them: a tail of NUL bytes may be a
 * gigabyte long and has no LF.
 */
export function* readLines(file: DiskFile, until: number): Generator<RawLine> {
  const buffer = Buffer.allocUnsafe(front + Math.min(chunkBytes, until));
  let from = front; // the current line begins here in the buffer, …
  let filled = front; // … which is filled up to here
  let lineStart = 0; // in the file
  let dropped = 0; // bytes of the current line that are no longer in the buffer
  for (let position = 0; position < until; ) {
    const room = buffer.subarray(filled, Math.min(buffer.length, filled + until - position));
    const read = file.read(room, position);
    if (read === 0) break;
    position += read;
    const unseen = filled;
    filled += read;
    for (let feed = buffer.indexOf(0x0a, unseen); feed >= 0 && feed < filled; feed = buffer.indexOf(0x0a, from)) {
      const end = lineStart + dropped + feed + 1 - from;
      yield rawLine({ buffer, from, to: feed, start: lineStart, end, terminated: true }, dropped);
      lineStart = end;
      dropped = 0;
      from = feed + 1;
    }
    const rest = filled - from;
    const keep = rest >= maxLineBytes || dropped > 0 ? Math.min(rest, sealBytes) : rest;
    dropped += rest - keep;
    buffer.copyWithin(front, filled - keep, filled);
    from = front;
    filled = front + keep;
  }
  const held = filled - from;
  if (held + dropped === 0) return;
  const end = lineStart + held + dropped;
  yield rawLine({ buffer, from, to: filled, start: lineStart, end, terminated: false }, dropped);
}

function rawLine(line: Omit<RawLine, "tooLong">, dropped: number): RawLine {
  const { buffer, from, to, start, end, terminated } = line;
  const tooLong = dropped > 0 || end - start > maxLineBytes;
  return { buffer, from: tooLong ? Math.max(from, to - sealBytes) : from, to, start, end, terminated, tooLong };
}
