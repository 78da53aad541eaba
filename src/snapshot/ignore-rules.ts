import ignore, { type Ignore } from "ignore";

/** Decides which entries of a tree its ignore files leave out, as git does (gitignore(5)). */
export interface IgnoreRules {
  /**
   * True if the rules leave out the entry at `path` (relative to the root, `/` between names). Asked from the top
   * down: an entry below a directory that is left out is never asked for.
   */
  ignores(path: string, isDirectory: boolean): boolean;
  /** These rules and, stronger, those of an ignore file with `content` in `directory` (`""` is the root). */
  with(directory: string, content: Uint8Array): IgnoreRules;
}

/** No ignore file was met yet: nothing is left out, and nothing is spent on asking. */
export const noIgnoreRules: IgnoreRules = {
  ignores: () => false,
  with: (directory, content) => rulesOf(newMatcher(), directory, content),
};

/**
 * All files on the way down are one list of patterns relative to the root, because the last match decides: a matcher
 * a file would let an outer `build/` leave out what is in a `build/` that an inner file brought back.
 */
function rulesOf(outer: Ignore, directory: string, content: Uint8Array): IgnoreRules {
  const matcher = newMatcher().add(outer);
  matcher.add(patternsOf(content).map((pattern) => ({ pattern: rooted(pattern, directory) })));
  return {
    ignores: (path, isDirectory) => matcher.ignores(bytewise(isDirectory ? `${path}/` : path)),
    with: (deeper, more) => rulesOf(matcher, deeper, more),
  };
}

function newMatcher(): Ignore {
  return ignore({ ignorecase: false });
}

/** The lines that are patterns. A byte order mark and the CR of a CRLF are no part of them, as for git. */
function patternsOf(content: Uint8Array): string[] {
  const text = Buffer.from(content)
    .toString("latin1")
    .replace(/^\xEF\xBB\xBF/, "");
  const lines = text.split("\n").map((line) => withoutTrailingSpaces(line.replace(/\r$/, "")));
  return lines.filter((line) => !/^(#|!?\/?$)/.test(line));
}

/** A trailing space that is quoted by a backslash stays. */
function withoutTrailingSpaces(line: string): string {
  const kept = line.replace(/ +$/, "");
  const backslashes = /\\*$/.exec(kept)?.[0].length ?? 0;
  return kept.length < line.length && backslashes % 2 === 1 ? `${kept} ` : kept;
}

/** The pattern of an ignore file in `directory`, as the root's ignore file would have to say it. */
function rooted(pattern: string, directory: string): string {
  if (directory === "") return pattern;
  const negated = pattern.startsWith("!");
  const body = negated ? pattern.slice(1) : pattern;
  const anchored = body.slice(0, -1).includes("/");
  const place = anchored ? body.replace(/^\//, "") : `**/${body}`;
  return `${negated ? "!" : ""}/${escaped(bytewise(directory))}/${place}`;
}

/** One character a byte of UTF-8, patterns and paths alike: to git `?` and `[^a]` match one byte, so never an `é`. */
function bytewise(path: string): string {
  return /^[\0-\x7F]*$/.test(path) ? path : Buffer.from(path).toString("latin1");
}

function escaped(directory: string): string {
  return directory.replace(/[\\*?[\]]/g, "\\$&");
}
