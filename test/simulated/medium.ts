import { type DiskImage, emptyImage } from "./disk-image.ts";

/** One disk, used by several simulated processes: its image, and who holds which lock. */
export class Medium {
  /** inode → the open file that holds its lock. */
  readonly locks = new Map<number, object>();
  /** inode → permission bits that somebody has set. No crash test changes them, so they are durable at once. */
  readonly modes = new Map<number, number>();
  readonly #onChange: (image: DiskImage) => void;
  #image: DiskImage;

  /** `onChange` is told every image that the disk passes through. */
  constructor(image: DiskImage = emptyImage, onChange: (image: DiskImage) => void = () => {}) {
    this.#image = image;
    this.#onChange = onChange;
  }

  get image(): DiskImage {
    return this.#image;
  }

  set image(image: DiskImage) {
    if (image === this.#image) return;
    this.#image = image;
    this.#onChange(image);
  }
}
