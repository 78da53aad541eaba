import path from "node:path";
import { makeDirectories, syncDirectories } from "../durable/directories.ts";
import type { StoreLayout } from "../durable/layout.ts";
import { errnoOf } from "../errors.ts";
import { chunks } from "../ledger/rewrite.ts";
import { randomHex } from "../ports.ts";
import { removeTree } from "../run/place/sweep-files.ts";
import type { World } from "../run/place/world.ts";
import type { Finding } from "./finding.ts";

const kept = 10;
const namePattern = /^\d{8}-\d{6}-[0-9a-f]{8}$/;

/**
 * Copies of what a fix is about to change, in `backups/<UTC stamp>-<8 hex>/` under the paths that they have in the store,
 * with `findings.json`, the reason.
 */
export class Backup {
  readonly directory: string;
  readonly #world: World;
  readonly #layout: StoreLayout;

  /** Durable with the findings when this returns. */
  constructor(world: World, layout: StoreLayout, findings: readonly Finding[]) {
    const stamp = new Date(world.clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
    this.directory = path.join(layout.backups, `${stamp}-${randomHex(world.randomness, 4)}`);
    this.#world = world;
    this.#layout = layout;
    makeDirectories(world.disk, layout.store, this.directory);
    const text = `${JSON.stringify({ version: 1, findings }, null, 2)}\n`;
    this.#write("findings.json", (copy) => copy.write(Buffer.from(text), 0));
    syncDirectories(world.disk, layout.store, this.directory);
  }

  /** The file has a copy that is durable when this returns. What is no file, or has a copy already, is left out. */
  copy(file: string): void {
    const { disk } = this.#world;
    if (disk.stat(file)?.kind !== "file" || disk.stat(path.join(this.directory, this.#relative(file)))) return;
    const source = disk.open(file, "read");
    try {
      this.#write(this.#relative(file), (copy) => {
        for (const { bytes, at } of chunks(source, 0, source.stat().sizeBytes)) copy.write(bytes, at);
      });
    } finally {
      source.close();
    }
  }

  /** {@link copy} for all files in and below `directory`, but for those that `isLeftOut`. */
  copyTree(directory: string, isLeftOut: (file: string) => boolean = () => false): void {
    for (const { name, kind } of this.#world.disk.list(directory)) {
      const file = path.join(directory, name);
      if (isLeftOut(file)) continue;
      if (kind === "directory") this.copyTree(file, isLeftOut);
      else this.copy(file);
    }
  }

  /** The file is here instead of there; durable when this returns. */
  move(file: string): void {
    const { disk } = this.#world;
    const target = path.join(this.directory, this.#relative(file));
    makeDirectories(disk, this.#layout.store, path.dirname(target));
    disk.rename(file, target);
    syncDirectories(disk, this.#layout.store, path.dirname(target));
    disk.syncDirectory(path.dirname(file));
  }

  /** Only the newest ten stay. */
  removeOlder(): void {
    const { disk } = this.#world;
    const { backups } = this.#layout;
    const names = disk.list(backups).filter(({ name, kind }) => kind === "directory" && namePattern.test(name));
    const others = names.map(({ name }) => path.join(backups, name)).filter((each) => each !== this.directory);
    for (const old of others.sort().slice(0, Math.max(0, others.length + 1 - kept))) this.#remove(old);
    disk.syncDirectory(backups);
  }

  /** Another doctor may be removing it at this moment. */
  #remove(old: string): void {
    try {
      removeTree(this.#world, old);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }

  /** What is kept for a run outside of the store has its place here, too. */
  #relative(file: string): string {
    const relative = path.relative(this.#layout.store, file);
    return relative.startsWith(`..${path.sep}`) ? path.join("elsewhere", path.basename(file)) : relative;
  }

  #write(relative: string, fill: (copy: ReturnType<World["disk"]["open"]>) => void): void {
    const { disk } = this.#world;
    const target = path.join(this.directory, relative);
    makeDirectories(disk, this.#layout.store, path.dirname(target));
    const copy = disk.open(target, "create");
    try {
      fill(copy);
      copy.sync();
    } finally {
      copy.close();
    }
    syncDirectories(disk, this.#layout.store, path.dirname(target));
  }
}
