import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import path from "node:path";

/** Where is measured: made if only its last part is missing, so that a slip makes no folders somewhere. Throws what is wrong. */
export function ensureDirectory(directory: string): void {
  // Not `recursive`: below /proc Node would try without end.
  if (!existsSync(directory)) mkdirSync(directory);
  if (!statSync(directory).isDirectory()) throw new Error(`${directory} is no directory.`);
}

/** Gives out new directories below `parent`, and removes them, whatever comes of `action`. */
export async function inDirectories<Result>(
  parent: string,
  action: (newDirectory: () => string) => Promise<Result>,
): Promise<Result> {
  const root = mkdtempSync(path.join(parent, "row-"));
  try {
    return await action(() => mkdtempSync(path.join(root, "d-")));
  } finally {
    // The agents of a sample that was killed may write something more before they see that they are alone.
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}
