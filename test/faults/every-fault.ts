import type { Call, CallName, Fault } from "../simulated/faults.ts";

/** All but ENOENT, which says something. */
export const errnos = ["EIO", "ENOSPC", "EDQUOT", "EROFS", "EMFILE", "EACCES", "EXDEV", "EINTR"];

const writing = new Set<CallName>([
  "open",
  "makeDirectory",
  "rename",
  "unlink",
  "removeDirectory",
  "syncDirectory",
  "file.write",
  "file.truncate",
  "file.datasync",
  "file.sync", // biome-ignore format: two kinds
]);

/** Every way in which a call can fail: with each errno, and having done nothing, half or all of what it was to do. */
export function faultsOf({ name }: Call): Fault[] {
  const lost = errnos.map((errno): Fault => ({ errno, effect: "lost" }));
  if (!writing.has(name)) return lost;
  const kept: Fault = { errno: "EIO", effect: "kept" };
  if (name !== "file.write") return [...lost, kept];
  return [
    ...lost,
    kept,
    { errno: "ENOSPC", effect: "torn" },
    { errno: "EIO", effect: "torn" },
    { errno: "", effect: "short" },
  ];
}
