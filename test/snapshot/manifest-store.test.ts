import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Disk } from "../../src/durable/disk.ts";
import { storeLayout } from "../../src/durable/layout.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { systemClock, systemRandomness } from "../../src/ports.ts";
import { digestOf, emptyManifest, type Manifest, snapshotIdOf } from "../../src/snapshot/manifest.ts";
import { manifestSchema } from "../../src/snapshot/manifest-schema.ts";
import { loadManifest, saveManifest } from "../../src/snapshot/manifest-store.ts";
import { workspace } from "./workspace.ts";

async function saved() {
  const it = workspace({ a: "a", "b/c": "c", "～": "d", "😀": "e" });
  const layout = storeLayout(it.store);
  const manifest = await it.capture();
  const target = layout.manifest(manifest.snapshot_id);
  const save = (what: Manifest = manifest, disk: Disk = nodeDisk) =>
    saveManifest({ disk, randomness: systemRandomness, layout, manifest: what, owner: "run-1" });
  const load = () => loadManifest(nodeDisk, layout, manifest.snapshot_id);
  save();
  return { layout, manifest, target, save, load };
}

/** The same files under the name of `manifest`, changed: with a digest and id that are right, or as they were. */
function forged(manifest: Manifest, change: (files: Record<string, unknown>[]) => unknown): Manifest {
  const files = structuredClone(manifest.files) as unknown as Record<string, unknown>[];
  change(files);
  const digest = digestOf(files as never);
  return { ...manifest, files: files as never, digest, snapshot_id: snapshotIdOf(digest) };
}

describe("saving a manifest", () => {
  test("writes JSON with two spaces and a final newline, which loads as the same manifest", async () => {
    const { manifest, target, load } = await saved();
    const text = fs.readFileSync(target, "utf8");
    expect(text).toBe(`${JSON.stringify(manifest, null, 2)}\n`);
    expect(load()).toEqual(manifest);
    expect(manifestSchema.parse(JSON.parse(text))).toEqual(manifest);
    expect(fs.statSync(target).mode & 0o777).toBe(0o600);
  });

  test("keeps the one that is there already, and syncs it and its directories again", async () => {
    const { manifest, target, save, load } = await saved();
    const synced: string[] = [];
    const disk: Disk = { ...nodeDisk, syncDirectory: (directory) => void synced.push(path.basename(directory)) };
    const inode = fs.statSync(target).ino;
    save({ ...manifest, created_at: "2030-01-01T00:00:00.000Z" }, disk);
    expect(fs.statSync(target).ino).toBe(inode);
    expect(load().created_at).toBe(manifest.created_at);
    expect(synced.slice(0, 2)).toEqual(["snapshots", "store"]);
    expect(synced.length).toBe(3);
  });

  test("refuses another digest under the same id", async () => {
    const { manifest, save, load } = await saved();
    const digest = `${manifest.digest.slice(0, -1)}${manifest.digest.endsWith("0") ? "1" : "0"}`;
    expect(() => save({ ...manifest, digest })).toThrow(expect.objectContaining({ code: "SNAPSHOT_ID_COLLISION" }));
    expect(load()).toEqual(manifest);
  });

  test("moves a damaged one aside and writes a whole one", async () => {
    const { layout, manifest, target, save, load } = await saved();
    fs.writeFileSync(target, "{");
    save();
    expect(load()).toEqual(manifest);
    const aside = fs.readdirSync(layout.snapshots).filter((name) => /\.corrupt-[0-9a-f]{8}$/.test(name));
    expect(aside.map((name) => fs.readFileSync(path.join(layout.snapshots, name), "utf8"))).toEqual(["{"]);
  });

  test("moves a directory in its place aside, with what is in it", async () => {
    const { manifest, layout, target, save, load } = await saved();
    fs.rmSync(target);
    fs.mkdirSync(target);
    fs.writeFileSync(path.join(target, "inside"), "kept");
    expect(load).toThrow(expect.objectContaining({ code: "RECORD_DAMAGED" }));
    save();
    expect(load()).toEqual(manifest);
    const kept = fs.readdirSync(layout.snapshots, { recursive: true, encoding: "utf8" });
    expect(kept).toContainEqual(expect.stringMatching(/\.corrupt-[0-9a-f]{8}\/inside$/));
  });

  test("leaves no temporary behind when it fails", async () => {
    const { layout, save } = await saved();
    const full = () => {
      throw Object.assign(new Error("EIO"), { code: "EIO" });
    };
    expect(() => save(emptyManifest(systemClock), { ...nodeDisk, rename: full })).toThrow("EIO");
    expect(fs.readdirSync(layout.snapshots).length).toBe(1);
  });
});

describe("loading a manifest", () => {
  test("refuses an id that is not there, with another code than damage", async () => {
    const { layout } = await saved();
    const load = (id: string) => () => loadManifest(nodeDisk, layout, id);
    expect(load("snap-000000000000")).toThrow(expect.objectContaining({ code: "SNAPSHOT_NOT_FOUND" }));
    expect(load("../snap")).toThrow(expect.objectContaining({ code: "ID_INVALID" }));
  });

  test("refuses a newer version before it looks at the rest", async () => {
    const { target, load } = await saved();
    fs.writeFileSync(target, '{"version":2,"else":1}');
    expect(load).toThrow(expect.objectContaining({ code: "FORMAT_NEWER", exitStatus: 78 }));
  });

  test("does not mind in which order members stand", async () => {
    const { manifest, target, load } = await saved();
    const files = manifest.files.map(({ size, sha256, path, mode }) => ({ size, sha256, path, mode }));
    const rest = Object.entries(manifest).filter(([name]) => name !== "files");
    fs.writeFileSync(target, JSON.stringify({ files, ...Object.fromEntries(rest) }));
    expect(load()).toEqual(manifest);
  });

  test("finds every changed byte that changes what it says", async () => {
    const { manifest, target, load } = await saved();
    const bytes = fs.readFileSync(target);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      fs.writeFileSync(target, changed);
      const loaded = attempt(load);
      if (loaded === "refused") continue;
      // What the digest does not cover is told to people only; it may not reach the files.
      expect(loaded.files).toEqual(manifest.files);
      expect(loaded.digest).toBe(manifest.digest);
    }
  });

  const forgeries: [string, (files: Record<string, unknown>[]) => unknown][] = [
    ["a path that climbs out", (files) => Object.assign(files[0] ?? {}, { path: "../a" })],
    ["an absolute path", (files) => Object.assign(files[0] ?? {}, { path: "/a" })],
    ["an empty name in a path", (files) => Object.assign(files[0] ?? {}, { path: "a//b" })],
    ["a lone surrogate in a path", (files) => Object.assign(files[3] ?? {}, { path: "～\ud800" })],
    ["a NUL in a path", (files) => Object.assign(files[0] ?? {}, { path: "a\0" })],
    ["a path twice", (files) => files.unshift({ ...files[0] })],
    ["another order", (files) => files.reverse()],
    ["a mode that is none", (files) => Object.assign(files[0] ?? {}, { mode: "100777" })],
    ["a size that is none", (files) => Object.assign(files[0] ?? {}, { size: 1.5 })],
    ["an unknown member", (files) => Object.assign(files[0] ?? {}, { other: 1 })],
  ];
  test.each(forgeries)("refuses %s, even with a digest that fits", async (_, change) => {
    const { layout, manifest } = await saved();
    const forgery = forged(manifest, change);
    fs.writeFileSync(layout.manifest(forgery.snapshot_id), JSON.stringify(forgery));
    expect(() => loadManifest(nodeDisk, layout, forgery.snapshot_id)).toThrow(
      expect.objectContaining({ code: "RECORD_DAMAGED", exitStatus: 65 }),
    );
  });

  test("refuses a good manifest under the name of another", async () => {
    const { layout, target } = await saved();
    fs.copyFileSync(target, layout.manifest("snap-000000000000"));
    expect(() => loadManifest(nodeDisk, layout, "snap-000000000000")).toThrow(
      expect.objectContaining({ code: "RECORD_DAMAGED" }),
    );
  });
});

function attempt(load: () => Manifest): Manifest | "refused" {
  try {
    return load();
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(RECORD_DAMAGED|FORMAT_NEWER)$/) });
    return "refused";
  }
}
