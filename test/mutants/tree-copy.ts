import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { repository } from "../source/source-files.ts";
import type { Edit, Mutant } from "./mutants.ts";

/** Not copied: what is large, belongs to this place, or is made anew. */
const leftOut = ["node_modules", ".git", ".runledger"];

/** A copy of the project in which one mutant at a time lives. */
export class TreeCopy {
  readonly directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-mutants-")));

  constructor() {
    for (const name of fs.readdirSync(repository)) {
      if (leftOut.includes(name)) continue;
      fs.cpSync(path.join(repository, name), this.path(name), { recursive: true, preserveTimestamps: true });
    }
    fs.symlinkSync(path.join(repository, "node_modules"), this.path("node_modules"));
  }

  path(...parts: string[]): string {
    return path.join(this.directory, ...parts);
  }

  /** Makes the copy this mutant; what it changed is as before after {@link restore}. Throws if a text is not there once. */
  apply({ edits }: Mutant): void {
    for (const edit of edits) {
      const file = this.path(edit.file);
      fs.writeFileSync(file, edited(fs.readFileSync(file, "utf8"), edit));
    }
  }

  restore({ edits }: Mutant): void {
    for (const { file } of edits) {
      fs.cpSync(path.join(repository, file), this.path(file), { preserveTimestamps: true });
    }
  }

  remove(): void {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

/** `text` after the edit. Throws unless what is to be found occurs exactly once. */
export function edited(text: string, { file, find, replace }: Edit): string {
  const [before = "", after, ...more] = text.split(find);
  if (after !== undefined && more.length === 0) return before + replace + after;
  throw new Error(`${file}: occurs ${after === undefined ? 0 : more.length + 1} times, must be once: ${find}`);
}
