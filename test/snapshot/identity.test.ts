import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/idempotency/canonical.ts";
import { sha256 } from "../../src/idempotency/digest.ts";
import { systemClock } from "../../src/ports.ts";
import { emptyManifest, type ManifestFile } from "../../src/snapshot/manifest.ts";
import { comparePaths } from "../../src/snapshot/path-order.ts";
import { git, pathsOf, workspace } from "./workspace.ts";

const vector = JSON.parse(fs.readFileSync(new URL("../vectors/vectors.json", import.meta.url), "utf8")).snapshot as {
  files: ManifestFile[];
  digest: string;
  snapshot_id: string;
};

describe("the id of a snapshot", () => {
  test("is that of the published vector, with mode, symlink and the order of UTF-8 bytes", async () => {
    const it = workspace({ "a.txt": "", "～.md": "z", "😀.md": "y", "é.md": "x", "a-b.txt": "1" });
    it.write("a/z.sh", "#!/bin/sh\n", 0o755);
    fs.symlinkSync("a/z.sh", path.join(it.root, "link"));
    const manifest = await it.capture();
    expect(manifest.files).toEqual(vector.files);
    expect(manifest.digest).toBe(vector.digest);
    expect(manifest.snapshot_id).toBe(vector.snapshot_id);
    expect(manifest.digest).toBe(sha256(canonicalJson(manifest.files)));
  });

  test("without files is that of the empty manifest", async () => {
    expect(emptyManifest(systemClock).snapshot_id).toBe("snap-4f53cda18c2b");
    expect((await workspace().capture()).snapshot_id).toBe("snap-4f53cda18c2b");
  });

  test("stays after a touch, in a fresh clone and under another name", async () => {
    const it = workspace({ "src/main.ts": "main", "README.md": "read", ".gitignore": "*.log\n", "x.log": "1" });
    it.write("run.sh", "run", 0o755);
    fs.symlinkSync("src", path.join(it.root, "link"));
    const first = await it.capture();
    for (const file of first.files) fs.lutimesSync(path.join(it.root, file.path), 1, 1);
    const touched = await it.capture();
    git(it.root, "init", "-q");
    git(it.root, "add", ".");
    git(it.root, "commit", "-q", "-m", "all");
    const clone = path.join(path.dirname(it.root), "clone");
    git(it.root, "clone", "-q", it.root, clone);
    const cloned = await it.capture({ root: clone });
    const linked = path.join(path.dirname(it.root), "linked");
    fs.symlinkSync(clone, linked);
    expect((await it.capture({ root: linked })).snapshot_id).toBe(first.snapshot_id);
    expect([touched.snapshot_id, cloned.snapshot_id]).toEqual([first.snapshot_id, first.snapshot_id]);
    expect(cloned.files).toEqual(first.files);
  });

  const changes: [string, (root: string) => void][] = [
    ["byte", (root) => fs.writeFileSync(path.join(root, "b.txt"), "B")],
    ["mode", (root) => fs.chmodSync(path.join(root, "b.txt"), 0o755)],
    ["name", (root) => fs.renameSync(path.join(root, "b.txt"), path.join(root, "c.txt"))],
    ["target of a symlink", (root) => replaceLink(path.join(root, "link"))],
    ["kind of a file", (root) => replaceLink(path.join(root, "b.txt"))],
    ["missing file", (root) => fs.rmSync(path.join(root, "b.txt"))],
  ];
  test.each(changes)("is another one after a changed %s", async (_, change) => {
    const it = workspace({ "a.txt": "a", "b.txt": "b" });
    fs.symlinkSync("a.txt", path.join(it.root, "link"));
    const before = await it.capture();
    change(it.root);
    expect((await it.capture()).snapshot_id).not.toBe(before.snapshot_id);
  });

  test("knows only the owner's x bit of a mode", async () => {
    const it = workspace({ "a.txt": "a" });
    const before = await it.capture();
    fs.chmodSync(path.join(it.root, "a.txt"), 0o677);
    expect((await it.capture()).snapshot_id).toBe(before.snapshot_id);
  });
});

test("paths are ordered by their UTF-8 bytes, whatever characters they have", () => {
  const name = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(name, name, (left, right) => {
      const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(Math.sign(comparePaths(left, right))).toBe(bytes);
    }),
  );
});

test("a capture lists its files in the order of whole paths", async () => {
  const part = fc.constantFrom("a", "b", "a-", "a.", "a0", "～", "😀", "é", "\n", "\\", " ");
  const paths = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")));
  await fc.assert(
    fc.asyncProperty(paths, async (wanted) => {
      const it = workspace();
      for (const file of wanted) writeIfFree(it.root, file);
      const captured = pathsOf(await it.capture());
      expect(captured).toEqual([...captured].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      expect(new Set(captured).size).toBe(captured.length);
      expect(captured.length).toBeLessThanOrEqual(wanted.length);
      fs.rmSync(it.root, { recursive: true });
    }),
    { numRuns: 50 },
  );
});

function replaceLink(file: string): void {
  fs.rmSync(file);
  fs.symlinkSync("elsewhere", file);
}

/** `a` and `a/b` cannot both be files: the first one stays. */
function writeIfFree(root: string, file: string): void {
  try {
    fs.mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), file);
  } catch {}
}
