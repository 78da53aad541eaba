import type { DiskFile } from "../durable/disk.ts";

const chunkBytes = 1 << 20;

/**
 * The bytes from `from` to `to` are durable when this returns, also if they are pages that a failed sync marked clean:
 * syncing those again would succeed and write nothing. Writing them again makes them dirty. (After another boot, what
 * was read came from the disk.)
 */
export function rewrite(file: DiskFile, from: number, to: number): void {
  for (const { bytes, at } of chunks(file, from, to)) file.write(bytes, at);
  file.datasync();
}

/** The bytes of a part of a file, in constant memory. `bytes` is valid only until the next chunk is asked for. */
export function* chunks(file: DiskFile, from: number, to: number): Generator<{ bytes: Uint8Array; at: number }> {
  const buffer = new Uint8Array(Math.min(chunkBytes, to - from));
  for (let at = from; at < to; ) {
    const read = file.read(buffer.subarray(0, Math.min(buffer.length, to - at)), at);
    if (read === 0) return;
    yield { bytes: buffer.subarray(0, read), at };
    at += read;
  }
}
