import { createHash } from "node:crypto";
import { type DiskImage, walkFiles } from "../simulated/disk-image.ts";
import { type FilePages, isVolatile } from "../simulated/file-pages.ts";
import { extremeStates, powerCutStates, tornStates } from "../simulated/power-cut.ts";
import { nightly } from "./night.ts";

/** A place where a process may die: what the disk is then, and how much had been promised by then. */
export interface Moment<Promised> {
  readonly image: DiskImage;
  readonly promised: Promised;
  /** Of how many the recorded life passes through, this is the nth: for the message of a failure. */
  readonly n: number;
}

/**
 * Collects the moments of a life: one for each change of the disk, and for each promise that is kept. The program is
 * deterministic, so one recorded life stands for as many that die, each at another of its calls.
 */
export class MomentRecorder<Promised> {
  readonly moments: Moment<Promised>[] = [];
  #promised: Promised;
  #image: DiskImage;

  constructor(image: DiskImage, promised: Promised) {
    this.#image = image;
    this.#promised = promised;
    this.#note();
  }

  readonly changed = (image: DiskImage): void => {
    this.#image = image;
    this.#note();
  };

  promise(change: (before: Promised) => Promised): void {
    const after = change(this.#promised);
    if (after === this.#promised) return;
    this.#promised = after;
    this.#note();
  }

  #note(): void {
    this.moments.push({ image: this.#image, promised: this.#promised, n: this.moments.length });
  }
}

export interface NamedImage {
  readonly image: DiskImage;
  readonly name: string;
}

/** Every legal disk state after a power cut at this moment; the last write to each of `torn` also torn at every byte. */
export function* statesAfter(
  image: DiskImage,
  torn: readonly string[],
  samples: number,
  settled?: (path: string) => boolean,
): Generator<NamedImage> {
  yield* powerCutStates(image, { samples, ...(settled && { settled }) });
  for (const path of torn) {
    for (const state of tornStates(image, path)) yield { image: state.image, name: `${path} ${state.name}` };
  }
}

export { extremeStates };

/** By day nothing or everything of what is not durable; by night every legal state, but of locks: what they say decides nothing. */
export function statesByTime(image: DiskImage): NamedImage[] {
  if (nightly === 1) return extremeStates(image);
  return [...powerCutStates(image, { samples: nightly, settled: isLock })];
}

export const isLock = (path: string): boolean => /\/(start\.)?lock$/.test(path);

/** Lets each content of the disk pass once: `tag` is what else the verdict depends on. */
export class Distinct {
  readonly #seen = new Set<string>();

  isNew(image: DiskImage, tag: string): boolean {
    const key = `${tag} ${contentKey(image)}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}

function contentKey(image: DiskImage): string {
  const hash = createHash("sha1");
  for (const [path, , inode] of [...walkFiles(image)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0`);
    if (inode.kind === "directory") continue;
    hash.update(`${inode.pages.bytes.length} ${pendingKey(inode.pages)}\0`).update(inode.pages.bytes);
  }
  hash.update(`${image.pendingEntries.length}`);
  return hash.digest("base64");
}

/** What the next sync will write, and what it will leave out. */
function pendingKey(pages: FilePages): string {
  if (!isVolatile(pages)) return "";
  const sectors = [...pages.sectors].map(([index, versions]) => `${index}${versions.at(-1)?.dirty ? "d" : "c"}`);
  return `${sectors.join()} ${pages.sizes.map(({ value, dirty }) => `${value}${dirty ? "d" : "c"}`).join()}`;
}
