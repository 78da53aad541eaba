import path from "node:path";
import { makeDirectories } from "../durable/directories.ts";
import type { Disk, DiskFile } from "../durable/disk.ts";
import { invariant } from "../errors.ts";
import { startSha256 } from "../idempotency/digest.ts";
import { randomHex } from "../ports.ts";
import type { ObjectRef } from "../protocol/fields.ts";
import { install, type ObjectPlace, settleExisting } from "./install.ts";

/**
 * One object that is written bit by bit, in constant memory, to a temporary `.object.<owner>.<8 hex>.tmp`. It ends with
 * {@link ObjectWriter.finish} or {@link ObjectWriter.discard}; an error of either, or of a write, discards it.
 */
export class ObjectWriter {
  readonly #place: ObjectPlace;
  readonly #file: DiskFile;
  readonly #hash = startSha256();
  #sizeBytes = 0;
  #open = true;

  constructor(place: ObjectPlace) {
    const { disk, layout, owner, randomness } = place;
    makeDirectories(disk, layout.store, layout.objects);
    this.#place = place;
    this.#file = disk.open(path.join(layout.objects, `.object.${owner}.${randomHex(randomness, 4)}.tmp`), "create");
  }

  /** Appends `chunk`, which may be reused afterwards. Not durable before {@link finish}. */
  write(chunk: Uint8Array): void {
    this.#orDiscard(() => {
      this.#file.write(chunk, this.#sizeBytes);
      this.#hash.update(chunk);
      this.#sizeBytes += chunk.length;
    });
  }

  /**
   * When this returns, the object is whole and durable, with every directory up to and including the one that contains
   * the store, and the temporary is gone.
   */
  finish(mediaType: string): ObjectRef {
    return this.#orDiscard(() => {
      const sha256 = `sha256:${this.#hash.digest("hex")}`;
      const ref = { $object: { sha256, size: this.#sizeBytes, media_type: mediaType } };
      if (settleExisting(this.#place, ref, () => this.discard())) return ref;
      this.#file.sync();
      this.#file.close();
      install(this.#place, this.#file.path, ref);
      this.#open = false;
      return ref;
    });
  }

  /** Removes the temporary. Allowed at any time; does nothing once the writer has ended. */
  discard(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.close();
    removeQuietly(this.#place.disk, this.#file.path);
  }

  #orDiscard<Result>(action: () => Result): Result {
    invariant(this.#open, "nothing is written to an object that is finished or discarded");
    try {
      return action();
    } catch (error) {
      this.discard();
      throw error;
    }
  }
}

/** What is left is swept by the owner's next life; the error that led here is the one to report. */
function removeQuietly(disk: Disk, file: string): void {
  try {
    disk.unlink(file);
  } catch {}
}
