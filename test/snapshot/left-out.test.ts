import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { pathsOf, workspace } from "./workspace.ts";

test(".git and node_modules are left out at any depth, whatever they are", async () => {
  const it = workspace({
    a: "",
    "b/node_modules/x": "",
    "b/c": "",
    "sub/.git": "gitdir: x",
    "sub/d": "",
    node_modulesx: "",
  });
  fs.symlinkSync("b", path.join(it.root, "node_modules"));
  const manifest = await it.capture();
  expect(pathsOf(manifest)).toEqual(["a", "b/c", "node_modulesx", "sub/d"]);
  expect(manifest.rules.left_out.always).toBe(3);
});

test("the store is left out wherever it lies, also behind a symlink", async () => {
  const it = workspace({ a: "", "state/ledgers/x": "" });
  const store = path.join(it.root, "state/ledgers");
  expect(pathsOf(await it.capture({ store }))).toEqual(["a"]);
  fs.symlinkSync("state/ledgers", path.join(it.root, ".runledger"));
  expect(pathsOf(await it.capture({ store: path.join(it.root, ".runledger") }))).toEqual(["a"]);
});

test("special files are left out and counted", async () => {
  const it = workspace({ a: "" });
  execFileSync("mkfifo", [path.join(it.root, "pipe")]);
  const manifest = await it.capture();
  expect(pathsOf(manifest)).toEqual(["a"]);
  expect(manifest.rules.left_out.special).toBe(1);
});

test("symlinks are not followed: their content is their target text", async () => {
  const it = workspace({ "dir/a": "" });
  fs.symlinkSync("dir", path.join(it.root, "to-directory"));
  fs.symlinkSync("/nowhere/é", path.join(it.root, "dangling"));
  const { files } = await it.capture();
  expect(files.map(({ path, mode, size }) => [path, mode, size])).toEqual([
    ["dangling", "120000", 11],
    ["dir/a", "100644", 0],
    ["to-directory", "120000", 3],
  ]);
});

const globCases: [string, { include?: string[]; exclude?: string[] }, string[]][] = [
  ["include narrows", { include: ["docs/**"] }, ["docs/.hidden", "docs/a.md", "docs/deep/b.md"]],
  ["include does not prune parents wrongly", { include: ["**/b.md"] }, ["docs/deep/b.md"]],
  ["a plain name includes a directory", { include: ["./src/"] }, ["src/main.ts", "src/x.tmp"]],
  ["one star stays in its directory", { include: ["docs/*"] }, ["docs/.hidden", "docs/a.md"]],
  ["several globs add up", { include: ["README.md", "docs/*.md"] }, ["README.md", "docs/a.md"]],
  ["exclude takes away", { include: ["src"], exclude: ["**/*.tmp"] }, ["src/main.ts"]],
  ["a plain name excludes a directory", { exclude: ["docs", "src/**"] }, ["!odd\nname", "README.md"]],
  ["an exclamation mark is a character", { include: ["!odd*"] }, ["!odd\nname"]],
  ["a dot means everything", { include: ["."], exclude: ["docs", "src"] }, ["!odd\nname", "README.md"]],
];
test.each(globCases)("globs: %s", async (_, globs, expected) => {
  const it = workspace();
  for (const file of [
    "README.md",
    "!odd\nname",
    "docs/a.md",
    "docs/.hidden",
    "docs/deep/b.md",
    "src/main.ts",
    "src/x.tmp",
  ])
    it.write(file);
  const manifest = await it.capture(globs);
  expect(pathsOf(manifest)).toEqual(expected);
  expect(manifest.rules).toMatchObject({ include: globs.include ?? [], exclude: globs.exclude ?? [] });
});

test("a name that is not UTF-8 is refused by name, unless it is left out", async () => {
  const it = workspace({ a: "" });
  fs.writeFileSync(Buffer.concat([Buffer.from(`${it.root}/bad-`), Buffer.from([0xff]), Buffer.from(".tmp")]), "");
  await expect(it.capture()).rejects.toMatchObject({
    code: "SNAPSHOT_PATH_INVALID",
    message: expect.stringContaining("bad-"),
  });
  it.write(".gitignore", "*.tmp\n");
  expect(pathsOf(await it.capture())).toEqual([".gitignore", "a"]);
});

test("a name with a real U+FFFD, with a backslash or a control character is a name like any other", async () => {
  const it = workspace({ "real-\uFFFD": "", "back\\slash": "", "bell\u0007": "" });
  expect(pathsOf(await it.capture())).toEqual(["back\\slash", "bell\u0007", "real-\uFFFD"]);
});

test("a name with a NUL is refused by name", async () => {
  const it = workspace();
  const disk = { ...nodeDisk, list: () => [{ name: "a\0b", kind: "file" as const, utf8: true }] };
  await expect(it.capture({ disk })).rejects.toMatchObject({
    code: "SNAPSHOT_PATH_INVALID",
    message: expect.stringContaining("a\\u0000b"),
  });
});

test("a workspace that is not there, or no directory, is refused", async () => {
  const it = workspace({ file: "" });
  for (const name of ["nowhere", "file"]) {
    await expect(it.capture({ root: path.join(it.root, name) })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  }
});
