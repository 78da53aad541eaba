import type { RunledgerError } from "../errors.ts";
import { sha256 } from "../idempotency/digest.ts";
import type { ObjectRef } from "../protocol/fields.ts";
import { addressFault, contentFault } from "./content.ts";
import { type ObjectPlace, settleExisting } from "./install.ts";
import { ObjectWriter } from "./writer.ts";

/** Large values, stored by their content: the same bytes are one file, whoever puts them. */
export class ObjectStore {
  readonly #place: ObjectPlace;

  constructor(place: ObjectPlace) {
    this.#place = place;
  }

  /**
   * Stores `bytes`. When this returns, the object is whole and durable, with every directory up to and including the
   * one that contains the store. Throws the system's error; nothing but a temporary is then left behind.
   */
  put(bytes: Uint8Array, mediaType: string): ObjectRef {
    const ref = { $object: { sha256: sha256(bytes), size: bytes.length, media_type: mediaType } };
    if (settleExisting(this.#place, ref)) return ref;
    const writer = this.writer();
    writer.write(bytes);
    return writer.finish(mediaType);
  }

  /** For what is too large for the memory, or comes bit by bit. */
  writer(): ObjectWriter {
    return new ObjectWriter(this.#place);
  }

  /** The bytes that `ref` stands for, checked. `OBJECT_NOT_FOUND`, `OBJECT_DAMAGED`, `PERMISSION`, `READ_FAILED`. */
  get(ref: ObjectRef): Uint8Array {
    const chunks: Uint8Array[] = [];
    const fault = this.#fault(ref, (chunk) => chunks.push(Buffer.from(chunk)));
    if (fault) throw fault;
    return Buffer.concat(chunks);
  }

  /** What {@link get} would throw, or undefined if the object is sound. Reads in constant memory. */
  verify(ref: ObjectRef): RunledgerError | undefined {
    return this.#fault(ref, () => {});
  }

  #fault(ref: ObjectRef, consume: (chunk: Uint8Array) => void): RunledgerError | undefined {
    const { disk, layout } = this.#place;
    return addressFault(ref) ?? contentFault(disk, layout.object(ref.$object.sha256), ref, consume);
  }
}
