import { type FactColumns, gatherFacts, manifestFileAt } from "./fact-columns.ts";
import type { ManifestFile } from "./manifest.ts";

/**
 * The files that a capture has found, in the order of the manifest, each with the place of its facts: it becomes an object
 * when all is known, and only then.
 */
export class FoundFiles {
  readonly #paths: string[] = [];
  /** Undefined of symlinks, and of files that have still to be read. */
  readonly #columns: (FactColumns | undefined)[] = [];
  readonly #indexes: number[] = [];
  readonly #links = new Map<number, ManifestFile>();

  get count(): number {
    return this.#paths.length;
  }

  get hasLinks(): boolean {
    return this.#links.size > 0;
  }

  addLink(link: ManifestFile): void {
    this.#links.set(this.#paths.length, link);
    this.#add(link.path, undefined, 0);
  }

  /** A regular file: its number. The facts at `index` of `columns` are true, unless others are learned. */
  addFile(path: string, columns: FactColumns | undefined, index: number): number {
    this.#add(path, columns, index);
    return this.#paths.length - 1;
  }

  learn(number: number, columns: FactColumns, index: number): void {
    this.#columns[number] = columns;
    this.#indexes[number] = index;
  }

  #add(path: string, columns: FactColumns | undefined, index: number): void {
    this.#paths.push(path);
    this.#columns.push(columns);
    this.#indexes.push(index);
  }

  /** What the manifest says, without files that were gone when they were to be read. */
  manifestFiles(): ManifestFile[] {
    const files: ManifestFile[] = [];
    for (let number = 0; number < this.#paths.length; number++) {
      const columns = this.#columns[number];
      const path = this.#paths[number] ?? "";
      const file = columns ? manifestFileAt(columns, this.#indexes[number] ?? 0, path) : this.#links.get(number);
      if (file !== undefined) files.push(file);
    }
    return files;
  }

  /** The facts of the regular files among `files`, which are in the order of these. */
  factsOf(files: readonly ManifestFile[]): { paths: string[]; columns: FactColumns } {
    const [paths, columns, indexes]: [string[], FactColumns[], number[]] = [[], [], []];
    let number = 0;
    for (const { path } of files) {
      while (this.#paths[number] !== path) number++;
      const source = this.#columns[number];
      if (source === undefined) continue;
      paths.push(path);
      columns.push(source);
      indexes.push(this.#indexes[number] ?? 0);
    }
    return { paths, columns: gatherFacts(columns, indexes) };
  }
}
