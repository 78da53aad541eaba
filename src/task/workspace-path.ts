/**
 * Why `path` is no path below the workspace in its one normal form, or undefined: names joined by `/`, none of them
 * `.` or `..` or empty, not in the store. One form only, so that two spellings cannot be two artifacts.
 */
export function pathProblem(path: string): string | undefined {
  return (
    commonProblem(path) ?? (/(^|\/)(\.?)(\/|$)/.test(path) ? "a path without `.` and without empty names" : undefined)
  );
}

/** Why `glob` cannot match paths below the workspace, or undefined. `./` in front and `/` at the end are allowed. */
export function globProblem(glob: string): string | undefined {
  const problem = commonProblem(glob.replace(/^(\.\/)+/, ""));
  return problem ?? (glob.startsWith("!") ? "a glob without `!` in front: there is nothing to negate" : undefined);
}

/** Each finishes the sentence "expected …, found …". */
function commonProblem(path: string): string | undefined {
  if (/[\u0000-\u001f\u007f]/.test(path)) return "a path without control characters";
  // Hostile or from Windows: `..\secret` is a name on one system and a way out on another.
  if (path.includes("\\")) return "a path with `/` and without `\\`";
  if (path.startsWith("/") || /^[A-Za-z]:\//.test(path)) return "a path relative to the workspace";
  const names = path.split("/");
  if (names.includes("..")) return "a path inside the workspace, without `..`";
  // A file system that ignores case would take either for the store.
  if (names[0]?.toLowerCase() === ".runledger") return "a path outside of .runledger";
  return undefined;
}
