import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/idempotency/digest.ts";
import type { ObjectRef } from "../../src/protocol/fields.ts";
import { filesBelow, givenStore, owner, systemError, watchedDisk } from "./given.ts";

const text = "text/plain; charset=utf-8";
const bytes = Buffer.from("the result of a long night");
const given = givenStore();
const objectFile = (ref: ObjectRef) => given.layout().object(ref.$object.sha256);
const storedFiles = () => filesBelow(given.layout().objects);

describe("putting an object", () => {
  it("stores the bytes at the address of their content, for the owner only", () => {
    const ref = given.objects.put(bytes, text);
    expect(ref).toEqual({ $object: { sha256: sha256(bytes), size: 26, media_type: text } });
    const hex = sha256(bytes).slice("sha256:".length);
    expect(storedFiles()).toEqual([path.join(hex.slice(0, 2), hex.slice(2))]);
    expect(fs.readFileSync(objectFile(ref))).toEqual(bytes);
    expect(fs.statSync(objectFile(ref)).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(objectFile(ref))).mode & 0o777).toBe(0o700);
  });

  it("stores nothing at all as well as something", () => {
    const ref = given.objects.put(new Uint8Array(), text);
    expect(given.objects.get(ref)).toHaveLength(0);
    expect(given.objects.verify(ref)).toBeUndefined();
  });

  it("syncs the content before its name, and then every directory up to the one that contains the store", () => {
    const calls: string[] = [];
    const ref = given.onDisk(watchedDisk((name, file) => calls.push(`${name} ${kindOf(file)}`))).put(bytes, text);
    expect(calls).toEqual([
      "write temporary",
      "sync temporary",
      `rename ${objectFile(ref)}`,
      ...directoriesAbove(objectFile(ref)).map((directory) => `syncDirectory ${directory}`),
    ]);
  });

  it("syncs an object that is there already, whose writer may have been killed before it could", () => {
    given.objects.put(bytes, text);
    const calls: string[] = [];
    const ref = given.onDisk(watchedDisk((name, file) => calls.push(`${name} ${kindOf(file)}`))).put(bytes, text);
    expect(calls).toEqual([
      `sync ${objectFile(ref)}`,
      ...directoriesAbove(objectFile(ref)).map((directory) => `syncDirectory ${directory}`),
    ]);
  });

  it.each([
    ["truncated", (file: string) => fs.truncateSync(file, 3)],
    ["empty", (file: string) => fs.truncateSync(file, 0)],
    ["altered at the same size", (file: string) => fs.writeFileSync(file, "THE result of a long night")],
    ["a symlink", replaceBySymlink],
  ])("moves one that is %s aside and writes it anew", (_, damage) => {
    const ref = given.objects.put(bytes, text);
    damage(objectFile(ref));
    given.objects.put(bytes, text);
    expect(given.objects.get(ref)).toEqual(bytes);
    const [object, aside, ...others] = storedFiles();
    expect(aside).toMatch(/\.corrupt-[0-9a-f]{8}$/);
    expect(aside?.startsWith(object ?? "?")).toBe(true);
    expect(others).toEqual([]);
  });

  it.each(["write", "sync", "rename"])("leaves nothing when the disk fails at %s", (failing) => {
    const disk = watchedDisk((name) => {
      if (name === failing) throw systemError("ENOSPC");
    });
    expect(() => given.onDisk(disk).put(bytes, text)).toThrow(expect.objectContaining({ code: "ENOSPC" }));
    expect(storedFiles()).toEqual([]);
  });

  it("does not say it is durable when a directory could not be synced", () => {
    const disk = watchedDisk((name, file) => {
      if (name === "syncDirectory" && file === given.folder) throw systemError("EIO");
    });
    expect(() => given.onDisk(disk).put(bytes, text)).toThrow(expect.objectContaining({ code: "EIO" }));
  });

  it("leaves one whole object when several processes put the same at once", async () => {
    const program = new URL("put-process.ts", import.meta.url).pathname;
    const puts = Array.from({ length: 3 }, () =>
      promisify(execFile)(process.execPath, [program, given.layout().store]),
    );
    const refs = (await Promise.all(puts)).map(({ stdout }): ObjectRef[] => JSON.parse(stdout));
    expect(refs[1]).toEqual(refs[0]);
    expect(refs[2]).toEqual(refs[0]);
    expect(storedFiles()).toHaveLength(refs[0]?.length ?? 0); // no temporaries, none moved aside
    for (const ref of refs[0] ?? []) expect(given.objects.verify(ref)).toBeUndefined();
  });
});

describe("writing an object bit by bit", () => {
  it("gives the same object as putting it whole, and allows the chunk to be reused", () => {
    const chunk = Buffer.alloc(1000);
    const writer = given.objects.writer();
    for (let index = 0; index < 700; index++) writer.write(chunk.fill(index));
    const ref = writer.finish("application/octet-stream");
    const whole = Buffer.concat(Array.from({ length: 700 }, (_, index) => Buffer.alloc(1000, index)));
    expect(ref).toEqual(given.objects.put(whole, "application/octet-stream"));
    expect(storedFiles()).toHaveLength(1);
    expect(given.objects.verify(ref)).toBeUndefined();
    expect(Buffer.from(given.objects.get(ref)).equals(whole)).toBe(true);
  });

  it("keeps a temporary that names its owner until it ends", () => {
    const writer = given.objects.writer();
    writer.write(bytes);
    expect(storedFiles()).toEqual([expect.stringMatching(new RegExp(`^\\.object\\.${owner}\\.[0-9a-f]{8}\\.tmp$`))]);
    writer.finish(text);
    expect(storedFiles()).toEqual([expect.not.stringContaining(".tmp")]);
  });

  it("leaves nothing when it is discarded, and discarding twice is allowed", () => {
    const writer = given.objects.writer();
    writer.write(bytes);
    writer.discard();
    writer.discard();
    expect(storedFiles()).toEqual([]);
  });

  it("leaves only the object when the same is there already, also when discarded afterwards", () => {
    const ref = given.objects.put(bytes, text);
    const writer = given.objects.writer();
    writer.write(bytes);
    expect(writer.finish(text)).toEqual(ref);
    writer.discard();
    expect(storedFiles()).toHaveLength(1);
    expect(given.objects.get(ref)).toEqual(bytes);
  });

  it("takes nothing more once it has ended", () => {
    const writer = given.objects.writer();
    writer.finish(text);
    expect(() => writer.write(bytes)).toThrow(expect.objectContaining({ code: "INVARIANT" }));
    expect(() => writer.finish(text)).toThrow(expect.objectContaining({ code: "INVARIANT" }));
  });

  it("removes its temporary when a write fails half-way", () => {
    let writes = 0;
    const disk = watchedDisk((name) => {
      if (name === "write" && ++writes === 3) throw systemError("ENOSPC");
    });
    const writer = given.onDisk(disk).writer();
    writer.write(bytes);
    writer.write(bytes);
    expect(() => writer.write(bytes)).toThrow(expect.objectContaining({ code: "ENOSPC" }));
    expect(storedFiles()).toEqual([]);
  });
});

describe("getting and verifying an object", () => {
  it("says that one is missing", () => {
    const ref = given.objects.put(bytes, text);
    fs.unlinkSync(objectFile(ref));
    expect(() => given.objects.get(ref)).toThrow(expect.objectContaining({ code: "OBJECT_NOT_FOUND" }));
    expect(given.objects.verify(ref)?.code).toBe("OBJECT_NOT_FOUND");
  });

  it("says the size that was expected and the one that was found", () => {
    const ref = given.objects.put(bytes, text);
    fs.appendFileSync(objectFile(ref), "!");
    expect(given.objects.verify(ref)?.message).toContain("expected 26 bytes, got 27 bytes");
    expect(() => given.objects.get(ref)).toThrow(expect.objectContaining({ code: "OBJECT_DAMAGED" }));
  });

  it("says the digest that was expected and the one that was found", () => {
    const ref = given.objects.put(bytes, text);
    const altered = Buffer.from("the result of a long NIGHT");
    fs.writeFileSync(objectFile(ref), altered);
    expect(given.objects.verify(ref)?.details).toMatchObject({ expected: sha256(bytes), got: sha256(altered) });
    expect(() => given.objects.get(ref)).toThrow(expect.objectContaining({ code: "OBJECT_DAMAGED" }));
  });

  it("finds one flipped bit anywhere in an object of several chunks", () => {
    const large = Buffer.alloc(600_000, "0123456789");
    const ref = given.objects.put(large, text);
    for (const position of [0, 262_143, 262_144, 524_288, 599_999]) {
      const flipped = Buffer.from(large);
      flipped.writeUInt8(flipped.readUInt8(position) ^ 1, position);
      fs.writeFileSync(objectFile(ref), flipped);
      expect(given.objects.verify(ref)?.code).toBe("OBJECT_DAMAGED");
    }
  });

  it("does not follow a directory or a symlink in its place", () => {
    const ref = given.objects.put(bytes, text);
    fs.renameSync(objectFile(ref), `${objectFile(ref)}.elsewhere`);
    fs.symlinkSync(`${objectFile(ref)}.elsewhere`, objectFile(ref));
    expect(given.objects.verify(ref)?.message).toContain("expected a file, got a symlink");
    fs.unlinkSync(objectFile(ref));
    fs.mkdirSync(objectFile(ref));
    expect(given.objects.verify(ref)?.message).toContain("expected a file, got a directory");
  });

  it("tells a file that cannot be read from one that is damaged", () => {
    const ref = given.objects.put(bytes, text);
    const disk = {
      ...watchedDisk(() => {}),
      open: () => {
        throw systemError("EIO");
      },
    };
    expect(given.onDisk(disk).verify(ref)?.code).toBe("READ_FAILED");
  });

  it("never leaves the store for an address that is none", () => {
    fs.writeFileSync(path.join(given.folder, "secret"), bytes);
    const sneaky = `sha256:${"../".repeat(4)}secret`;
    const ref = { $object: { sha256: sneaky, size: bytes.length, media_type: text } };
    expect(given.objects.verify(ref)?.code).toBe("OBJECT_DAMAGED");
    expect(() => given.objects.get(ref)).toThrow("not the address of an object");
  });
});

function replaceBySymlink(file: string): void {
  fs.unlinkSync(file);
  fs.symlinkSync("/dev/zero", file);
}

function kindOf(file: string): string {
  return file.endsWith(".tmp") ? "temporary" : file;
}

/** The directory of `file` first, the one that contains the store last. */
function directoriesAbove(file: string): string[] {
  const directories = [path.dirname(file)];
  while (directories.at(-1) !== given.folder) directories.push(path.dirname(directories.at(-1) ?? "/"));
  return directories;
}
