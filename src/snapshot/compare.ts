import type { Manifest, ManifestFile } from "./manifest.ts";
import { comparePaths } from "./path-order.ts";

/** Each list is sorted by {@link comparePaths}. */
export interface SnapshotDifference {
  readonly added: string[];
  readonly removed: string[];
  readonly changed: ChangedFile[];
}

/** One path with another content or mode. */
export interface ChangedFile {
  readonly path: string;
  readonly before: ManifestFile;
  readonly after: ManifestFile;
}

/** What happened to the files from `before` to `after`. A renamed file is removed here and added there. */
export function compareSnapshots(before: Pick<Manifest, "files">, after: Pick<Manifest, "files">): SnapshotDifference {
  const difference: SnapshotDifference = { added: [], removed: [], changed: [] };
  let old = 0;
  for (const file of after.files) {
    old = removeBefore(file.path, before.files, old, difference);
    const earlier = before.files[old];
    if (earlier?.path !== file.path) difference.added.push(file.path);
    else {
      if (!isSame(earlier, file)) difference.changed.push({ path: file.path, before: earlier, after: file });
      old++;
    }
  }
  for (const file of before.files.slice(old)) difference.removed.push(file.path);
  return difference;
}

/** Both lists are sorted: what comes before `path` and was not met is gone. */
function removeBefore(
  path: string,
  files: readonly ManifestFile[],
  from: number,
  difference: SnapshotDifference,
): number {
  let at = from;
  for (let file = files[at]; file !== undefined && comparePaths(file.path, path) < 0; file = files[at]) {
    difference.removed.push(file.path);
    at++;
  }
  return at;
}

function isSame(before: ManifestFile, after: ManifestFile): boolean {
  return before.sha256 === after.sha256 && before.mode === after.mode && before.size === after.size;
}
