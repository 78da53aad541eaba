import picomatch from "picomatch";

/** The `include` and `exclude` globs of a task. Paths are relative to the workspace, `/` between names. */
export interface Globs {
  includes(path: string): boolean;
  excludes(path: string): boolean;
  /** False if nothing below this directory can be included. */
  mayInclude(directory: string): boolean;
  /** True if everything below this directory is excluded. */
  excludesAll(directory: string): boolean;
}

/** A list of globs adds up; one that takes away would depend on an order. */
const literalBang = { nonegate: true };

/** No `include` glob means everything. A glob without magic names a file, or a directory with all that is in it. */
export function globsOf(include: readonly string[], exclude: readonly string[]): Globs {
  const included = include.flatMap(withContents);
  const excluded = exclude.flatMap(withContents);
  const bases = included.map(baseOf);
  return {
    includes: included.length === 0 ? () => true : matcher(included),
    excludes: matcher(excluded),
    mayInclude: (directory) => bases.length === 0 || bases.some((base) => base === "" || onOneWay(base, directory)),
    excludesAll: matcher(excluded.filter((glob) => glob.endsWith("/**"))),
  };
}

/** Whether a path matches one of `globs`, by the same rules. None matches nothing. */
export function globMatcher(globs: readonly string[]): (path: string) => boolean {
  return matcher(globs.flatMap(withContents));
}

function withContents(glob: string): string[] {
  const plain = glob.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  if (plain === "" || plain === ".") return ["**"];
  return picomatch.scan(plain, literalBang).isGlob ? [plain] : [plain, `${plain}/**`];
}

function matcher(globs: string[]): (path: string) => boolean {
  return globs.length === 0 ? () => false : picomatch(globs, { ...literalBang, dot: true, flags: "s" });
}

/** The directory that a glob cannot leave. A quoted character in it is not worth the thought. */
function baseOf(glob: string): string {
  const { base } = picomatch.scan(glob, literalBang);
  return base.includes("\\") ? "" : base;
}

/** True if one path is the other or a directory above it. */
function onOneWay(left: string, right: string): boolean {
  return left === right || left.startsWith(`${right}/`) || right.startsWith(`${left}/`);
}
