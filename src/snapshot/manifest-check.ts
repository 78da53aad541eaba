import type { Manifest, ManifestFile } from "./manifest.ts";

/**
 * `value` as a manifest, with the members of its files in the order of {@link ManifestFile}; or which of its members is not as
 * it should be. What it takes is what `manifestSchema` takes, written out: a run looks at every file of a stored manifest
 * before its first step, and shall not wait for zod.
 */
export function checkedManifest(value: unknown): { manifest: Manifest } | { wrong: string } {
  if (!hasOnly(value, ["version", "snapshot_id", "digest", "created_at", "root", "rules", "files"])) {
    return { wrong: "its members" };
  }
  const { version, snapshot_id, digest, created_at, root, rules, files } = value;
  if (version !== 1) return { wrong: "version" };
  if (!isText(snapshot_id, /^snap-[0-9a-f]{12}$/)) return { wrong: "snapshot_id" };
  if (!isText(digest, sha256Pattern)) return { wrong: "digest" };
  if (!isTime(created_at)) return { wrong: "created_at" };
  if (root !== "./") return { wrong: "root" };
  if (!areSnapshotRules(rules)) return { wrong: "rules" };
  if (!Array.isArray(files)) return { wrong: "files" };
  const wrong = files.findIndex((file) => !isFile(file));
  if (wrong >= 0) return { wrong: `files[${wrong}]` };
  const inOrder = files.map(({ mode, path, sha256, size }: ManifestFile) => ({ mode, path, sha256, size }));
  return { manifest: { version, snapshot_id, digest, created_at, root, rules, files: inOrder } };
}

const sha256Pattern = /^sha256:[0-9a-f]{64}$/;
const modes: readonly unknown[] = ["100644", "100755", "120000"];

function isFile(value: unknown): value is ManifestFile {
  if (!hasOnly(value, ["mode", "path", "sha256", "size"])) return false;
  const { mode, path, sha256, size } = value;
  const isNamed = typeof path === "string" && path !== "";
  return modes.includes(mode) && isNamed && isText(sha256, sha256Pattern) && isCount(size);
}

function areSnapshotRules(value: unknown): value is Manifest["rules"] {
  if (!hasOnly(value, ["include", "exclude", "ignore_files", "left_out"])) return false;
  const { include, exclude, ignore_files, left_out } = value;
  return [include, exclude, ignore_files].every(areTexts) && areCounts(left_out);
}

function areCounts(value: unknown): boolean {
  if (!hasOnly(value, ["always", "ignored", "excluded", "not_included", "special"])) return false;
  return Object.values(value).every(isCount);
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** All of `names` and nothing else. */
function hasOnly<Name extends string>(value: unknown, names: readonly Name[]): value is Record<Name, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}

/** RFC 3339 in UTC, of a day that there is. */
function isTime(value: unknown): value is string {
  if (!isText(value, /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/)) return false;
  const time = new Date(value);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(value.slice(0, 10));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
