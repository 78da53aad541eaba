import fc from "fast-check";
import { expect, test } from "vitest";
import { compareSnapshots } from "../../src/snapshot/compare.ts";
import type { ManifestFile } from "../../src/snapshot/manifest.ts";
import { comparePaths } from "../../src/snapshot/path-order.ts";
import { workspace } from "./workspace.ts";

test("a comparison names what was added, removed, changed and made executable", async () => {
  const it = workspace({ a: "a", b: "b", c: "c", d: "d" });
  const before = await it.capture();
  it.write("b", "B");
  it.write("c", "c", 0o755);
  it.write("e", "d");
  const after = await it.capture({ exclude: ["d"] });
  const { added, removed, changed } = compareSnapshots(before, after);
  expect({ added, removed, changed: changed.map((file) => file.path) }).toEqual({
    added: ["e"],
    removed: ["d"],
    changed: ["b", "c"],
  });
  expect(changed[1]).toMatchObject({ before: { mode: "100644" }, after: { mode: "100755" } });
});

test("applying a difference to the one gives the other, and nothing differs from itself", () => {
  const content = fc.dictionary(
    fc.constantFrom("a", "b", "c/d", "～", "😀", "é"),
    fc.constantFrom<string>("0", "1", "2"),
  );
  fc.assert(
    fc.property(content, content, (before, after) => {
      const difference = compareSnapshots({ files: filesOf(before) }, { files: filesOf(after) });
      const applied = { ...before };
      for (const path of difference.removed) delete applied[path];
      for (const path of difference.added) applied[path] = after[path] ?? "";
      for (const { path, after: file } of difference.changed) applied[path] = file.sha256;
      expect(applied).toEqual(after);
      expect(difference.added.filter((path) => path in before)).toEqual([]);
      expect(compareSnapshots({ files: filesOf(after) }, { files: filesOf(after) })).toEqual({
        added: [],
        removed: [],
        changed: [],
      });
    }),
  );
});

function filesOf(content: Record<string, string>): ManifestFile[] {
  const files = Object.entries(content).map(
    ([path, sha256]): ManifestFile => ({ mode: "100644", path, sha256, size: 1 }),
  );
  return files.sort((left, right) => comparePaths(left.path, right.path));
}
