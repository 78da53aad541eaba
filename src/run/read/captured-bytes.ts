import type { Disk } from "../../durable/disk.ts";
import { isObjectRef } from "../../objects/references.ts";
import type { FoundRun } from "../place/find-run.ts";
import type { RecordedValues } from "./recorded-values.ts";

const chunkBytes = 64 * 1024;

/** What was captured of one stream, in chunks: a text, or an object, which is checked before any of it is shown. */
export function* captured(
  { world, place }: Pick<FoundRun, "world" | "place">,
  back: RecordedValues,
  stream: unknown,
  what: string,
): Generator<Uint8Array> {
  if (typeof stream === "string" && stream !== "") yield Buffer.from(stream);
  if (!isObjectRef(stream) || !back.isSound(stream, what)) return;
  yield* fileChunks(world.disk, place.layout.object(stream.$object.sha256));
}

/** A file's content as it is now, each chunk in memory of its own. */
export function* fileChunks(disk: Disk, path: string): Generator<Uint8Array> {
  const file = disk.open(path, "read");
  try {
    const { sizeBytes } = file.stat();
    for (let position = 0; position < sizeBytes; ) {
      const buffer = new Uint8Array(Math.min(chunkBytes, sizeBytes - position));
      const count = file.read(buffer, position);
      if (count === 0) return;
      yield buffer.subarray(0, count);
      position += count;
    }
  } finally {
    file.close();
  }
}
