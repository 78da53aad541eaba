import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { git, gitFiles, pathsOf, type Workspace, workspace } from "./workspace.ts";

describe("what ignore files leave out", () => {
  test.each([1, 2, 3])("is what git leaves out of a tree of 2,000 files with nested rules (seed %i)", async (seed) => {
    const it = workspace();
    git(it.root, "init", "-q");
    growTree(it, seed);
    const kept = pathsOf(await it.capture());
    expect(kept).toEqual(gitFiles(it.root).sort(byBytes));
    // The tree tries something: much is left out, and much is not.
    expect(kept.length).toBeGreaterThan(400);
    expect(kept.length).toBeLessThan(1900);
  });

  const small: [string, Record<string, string>][] = [
    ["CRLF and a byte order mark", { ".gitignore": "\uFEFFa\r\nb/\r\n!c\r\n", a: "", "b/x": "", c: "" }],
    [
      "trailing spaces, quoted ones and a lone space",
      { "d/.gitignore": " \na \nb\\ \n", "d/a": "", "d/b ": "", "d/b": "" },
    ],
    ["a bare exclamation mark or slash", { "d/.gitignore": "!\n/\n!/\n", "d/a": "", "d/e/b": "" }],
    [
      "bytes, not characters, behind a question mark",
      { ".gitignore": "?.txt\n[^a].md\n", "é.txt": "", "b.txt": "", "é.md": "", "b.md": "" },
    ],
    [
      "a directory brought back against an outer rule",
      { ".gitignore": "b/\n", "a/.gitignore": "!b/\n", "a/b/c": "", "b/c": "" },
    ],
    [
      "nothing below a directory that is left out",
      { ".gitignore": "b/\n!b/keep\n", "b/.gitignore": "!*\n", "b/keep": "" },
    ],
    [
      "magic characters in the directory's own name",
      { "[x]*/.gitignore": "/a\n*.b\n", "[x]*/a": "", "[x]*/c.b": "", "x/a": "" },
    ],
    ["a line feed in a name", { ".gitignore": "a*c\n", "a\nc": "", "a\nd": "" }],
  ];
  test.each(small)("is what git leaves out: %s", async (_, files) => {
    const it = workspace(files);
    git(it.root, "init", "-q");
    expect(pathsOf(await it.capture())).toEqual(gitFiles(it.root).sort(byBytes));
  });

  test("includes what .runledgerignore adds to the .gitignore beside it", async () => {
    const it = workspace({
      ".gitignore": "*.log\n",
      ".runledgerignore": "!keep.log\n*.tmp\n",
      "a.log": "",
      "keep.log": "",
      "a.tmp": "",
    });
    const manifest = await it.capture();
    expect(pathsOf(manifest)).toEqual([".gitignore", ".runledgerignore", "keep.log"]);
    expect(manifest.rules.ignore_files).toEqual([".gitignore", ".runledgerignore"]);
    expect(manifest.rules.left_out).toEqual({ always: 0, ignored: 2, excluded: 0, not_included: 0, special: 0 });
  });

  test("does not depend on .git/info/exclude", async () => {
    const it = workspace({ a: "" });
    git(it.root, "init", "-q");
    fs.writeFileSync(path.join(it.root, ".git/info/exclude"), "a\n");
    expect(pathsOf(await it.capture())).toEqual(["a"]);
  });

  test("does not come from an ignore file behind a symlink", async () => {
    const it = workspace({ rules: "a\n", a: "" });
    fs.symlinkSync("rules", path.join(it.root, ".gitignore"));
    expect(pathsOf(await it.capture())).toEqual([".gitignore", "a", "rules"]);
  });
});

const names = [
  "a",
  "b",
  "ab",
  "a.txt",
  "b.txt",
  "a b",
  "c ",
  "[x]",
  "!n",
  "#h",
  "a*b",
  "a\\b",
  "é",
  "foo",
  "bar",
  "A",
  "build",
  "x.log",
];
const pieces = [
  "a",
  "b",
  "*",
  "**",
  "?",
  "[ab]",
  "[!a]",
  "[a-c]",
  "[]x]",
  "\\*",
  "\\[",
  " ",
  "\\ ",
  ".txt",
  "x",
  "foo",
  "é",
  "\\\\",
  "[[:alpha:]]",
  "[\\]]",
  "[a",
  "#",
  "\\#",
  "\\!",
  "[A-Z]",
  "{a,b}",
  "+",
  "(",
];
const idioms = [
  "*",
  "!*/",
  "!a",
  "!foo",
  "*.txt",
  "!*.txt",
  "a/",
  "!a/",
  "/b",
  "# x",
  "",
  "a/**",
  "!a/b",
  "**/b",
  "a/**/b",
  "*.log",
  "build/",
];

/** The same tree for the same seed: 2,000 files, an ignore file in every third directory. */
function growTree(it: Workspace, seed: number): void {
  const random = randomOf(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const pattern = (): string => {
    if (random() < 0.4) return pick(idioms);
    const part = () => (random() < 0.15 ? "**" : Array.from({ length: 1 + random() * 3 }, () => pick(pieces)).join(""));
    const body = Array.from({ length: 1 + random() * random() * 3 }, part).join("/");
    return [
      pick(["", "", "", "!"]),
      pick(["", "", "", "/", "**/"]),
      body,
      pick(["", "", "", "/", "/**", " ", "\\ "]),
    ].join("");
  };
  it.write(".gitignore", "*.log\n!a/*.log\n/build/\nfoo/**/b\n");
  const directories = [""];
  for (let count = 0; count < 2000; ) {
    const directory = pick(directories);
    const file = `${directory}${pick(names)}`;
    if (fs.existsSync(path.join(it.root, file))) {
      directories.push(`${directory}${count}/`);
      continue;
    }
    const isDirectory = random() < 0.15;
    if (isDirectory) directories.push(`${file}/`);
    if (isDirectory && random() < 0.3)
      it.write(`${file}/.gitignore`, Array.from({ length: 1 + random() * 4 }, pattern).join("\n"));
    it.write(isDirectory ? `${file}/file` : file);
    count++;
  }
}

/** Uniform in [0, 1), by the mulberry32 method: a failing seed can be run again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
