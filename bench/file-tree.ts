import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Of each file: 50,000 of them are 405 MB. */
const fileBytes = 8100;

const filesEach = 100;
const directoriesEach = 20;

/** The paths of a tree of `count` files, relative to its root: 100 files a directory, 20 directories in each above. */
export function treePaths(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const directory = Math.floor(n / filesEach);
    return `part-${Math.floor(directory / directoriesEach)}/module-${directory % directoriesEach}/file-${n}.txt`;
  });
}

/** Writes that tree below `root`. No two files have the same content. */
export function makeTree(root: string, count: number): void {
  const line = Buffer.alloc(fileBytes, "A line of text, as there are many in such files.\n");
  let made = "";
  for (const [n, file] of treePaths(count).entries()) {
    const target = path.join(root, file);
    const directory = path.dirname(target);
    if (directory !== made) mkdirSync(directory, { recursive: true });
    made = directory;
    line.write(`${n}\n`);
    writeFileSync(target, line);
  }
}
