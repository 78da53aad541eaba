import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Disk } from "../../src/durable/disk.ts";
import { errnoOf } from "../../src/errors.ts";

export interface DiskUnderTest {
  readonly disk: Disk;
  /** An empty directory. */
  readonly directory: string;
  remove(): void;
}

/** What every {@link Disk} does: the real one and the simulated one, so that what is shown on the one holds on the other. */
export function diskContract(name: string, make: () => DiskUnderTest): void {
  let given: DiskUnderTest;
  const at = (...names: string[]) => path.join(given.directory, ...names);
  const bytes = (text: string) => Buffer.from(text);
  const text = (file: string) => Buffer.from(given.disk.readFile(file)).toString();
  const write = (file: string, content: string) => {
    const handle = given.disk.open(file, "lock");
    handle.truncate(0);
    handle.write(bytes(content), 0);
    handle.close();
  };
  const errno = (action: () => unknown) => {
    try {
      action();
      return "no error";
    } catch (error) {
      return errnoOf(error);
    }
  };

  describe(name, () => {
    beforeEach(() => {
      given = make();
    });
    afterEach(() => given.remove());

    it("creates a file with create only where nothing is, and with append and lock where it is missing", () => {
      for (const mode of ["create", "append", "lock"] as const) {
        given.disk.open(at(mode), mode).close();
        expect(given.disk.stat(at(mode))).toMatchObject({ kind: "file", sizeBytes: 0, mode: 0o600 });
      }
      expect(errno(() => given.disk.open(at("create"), "create"))).toBe("EEXIST");
      given.disk.open(at("append"), "append").close();
      given.disk.open(at("lock"), "lock").close();
    });

    it("refuses to open what is not there, for reading and for updating", () => {
      expect(errno(() => given.disk.open(at("none"), "read"))).toBe("ENOENT");
      expect(errno(() => given.disk.open(at("none"), "update"))).toBe("ENOENT");
      expect(errno(() => given.disk.open(at("none", "file"), "create"))).toBe("ENOENT");
      write(at("file"), "");
      expect(errno(() => given.disk.open(at("file", "below"), "append"))).toBe("ENOTDIR");
      expect(errno(() => given.disk.open(given.directory, "append"))).toBe("EISDIR");
      expect(errno(() => given.disk.readFile(at("none")))).toBe("ENOENT");
      expect(errno(() => given.disk.readFile(given.directory))).toBe("EISDIR");
    });

    it("appends at the end, wherever the end is by then", () => {
      const [first, second] = [given.disk.open(at("log"), "append"), given.disk.open(at("log"), "append")];
      first.write(bytes("one "));
      second.write(bytes("two "));
      first.write(bytes("three"));
      expect(text(at("log"))).toBe("one two three");
      expect(first.stat().sizeBytes).toBe(13);
      first.close();
      second.close();
    });

    it("writes at positions, over what is there and behind the end, with NULs between", () => {
      const file = given.disk.open(at("file"), "create");
      file.write(bytes("abcdef"), 0);
      file.write(bytes("XY"), 2);
      file.write(bytes("!"), 1_030);
      expect(text(at("file"))).toBe(`abXYef${"\0".repeat(1_024)}!`);
      file.close();
    });

    it("reads what there is from a position, and nothing behind the end", () => {
      write(at("file"), "abcdef");
      const file = given.disk.open(at("file"), "read");
      const target = new Uint8Array(4);
      expect([file.read(target, 1), Buffer.from(target).toString()]).toEqual([4, "bcde"]);
      expect(file.read(target, 4)).toBe(2);
      expect(file.read(target, 6)).toBe(0);
      expect(file.read(target, 60)).toBe(0);
      expect(errno(() => file.write(bytes("x"), 0))).toBe("EBADF");
      file.close();
    });

    it("cuts a file, and fills with NULs where it is made longer again", () => {
      write(at("file"), "abcdef");
      const file = given.disk.open(at("file"), "update");
      file.truncate(2);
      expect(text(at("file"))).toBe("ab");
      file.truncate(5);
      expect(text(at("file"))).toBe("ab\0\0\0");
      file.close();
    });

    it("opens for update and lock without losing what is there", () => {
      write(at("file"), "abc");
      for (const mode of ["update", "lock", "append"] as const) given.disk.open(at("file"), mode).close();
      expect(text(at("file"))).toBe("abc");
    });

    it("says of what is not there that it is not there, also below a file", () => {
      write(at("file"), "");
      expect(given.disk.stat(at("none"))).toBeUndefined();
      expect(given.disk.stat(at("none", "below"))).toBeUndefined();
      expect(given.disk.stat(at("file", "below"))).toBeUndefined();
    });

    it("makes a directory once, and says whether it was there", () => {
      expect(given.disk.makeDirectory(at("inner"))).toBe(true);
      expect(given.disk.makeDirectory(at("inner"))).toBe(false);
      expect(given.disk.stat(at("inner"))).toMatchObject({ kind: "directory", mode: 0o700 });
      expect(errno(() => given.disk.makeDirectory(at("none", "below")))).toBe("ENOENT");
      write(at("file"), "");
      expect(errno(() => given.disk.makeDirectory(at("file")))).toBe("EEXIST");
    });

    it("lists what is in a directory", () => {
      given.disk.makeDirectory(at("inner"));
      write(at("inner", "file"), "");
      given.disk.makeDirectory(at("inner", "deeper"));
      const entries = given.disk.list(at("inner")).sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(entries).toEqual([
        { name: "deeper", kind: "directory", utf8: true },
        { name: "file", kind: "file", utf8: true },
      ]);
      expect(errno(() => given.disk.list(at("none")))).toBe("ENOENT");
      expect(errno(() => given.disk.list(at("inner", "file")))).toBe("ENOTDIR");
    });

    it("renames over what is there, and an open file goes along", () => {
      given.disk.makeDirectory(at("inner"));
      write(at("old"), "old");
      const file = given.disk.open(at("new"), "create");
      file.write(bytes("new"), 0);
      const { inode } = file.stat();
      given.disk.rename(at("new"), at("old"));
      file.write(bytes("er"), 3);
      expect([text(at("old")), given.disk.stat(at("new"))]).toEqual(["newer", undefined]);
      expect(given.disk.stat(at("old"))?.inode).toBe(inode);
      given.disk.rename(at("old"), at("inner", "moved"));
      expect(text(at("inner", "moved"))).toBe("newer");
      expect(errno(() => given.disk.rename(at("old"), at("other")))).toBe("ENOENT");
      expect(errno(() => given.disk.rename(at("inner", "moved"), at("none", "below")))).toBe("ENOENT");
      file.close();
    });

    it("removes a name; who has the file open still reads it", () => {
      write(at("file"), "abc");
      const file = given.disk.open(at("file"), "read");
      given.disk.unlink(at("file"));
      expect(given.disk.stat(at("file"))).toBeUndefined();
      expect(file.read(new Uint8Array(8), 0)).toBe(3);
      file.close();
      expect(errno(() => given.disk.unlink(at("file")))).toBe("ENOENT");
    });

    it("removes a directory only when it is empty", () => {
      given.disk.makeDirectory(at("inner"));
      write(at("inner", "file"), "");
      expect(errno(() => given.disk.removeDirectory(at("inner")))).toBe("ENOTEMPTY");
      given.disk.unlink(at("inner", "file"));
      given.disk.removeDirectory(at("inner"));
      expect(given.disk.stat(at("inner"))).toBeUndefined();
    });

    it("syncs files and directories without changing them", async () => {
      const file = given.disk.open(at("file"), "create");
      file.write(bytes("abc"), 0);
      file.datasync();
      file.sync();
      await file.datasyncInBackground();
      given.disk.syncDirectory(given.directory);
      expect(text(at("file"))).toBe("abc");
      expect(errno(() => given.disk.syncDirectory(at("none")))).toBe("ENOENT");
      file.close();
    });

    it("gives the lock of a file to one open file at a time, until that is closed", () => {
      const [first, second] = [given.disk.open(at("lock"), "lock"), given.disk.open(at("lock"), "lock")];
      expect([first.tryLock(), second.tryLock()]).toEqual([true, false]);
      second.write(bytes("not its holder"), 0);
      first.close();
      expect(second.tryLock()).toBe(true);
      second.close();
    });

    it("lets a file be closed twice, and not be used afterwards", () => {
      const file = given.disk.open(at("file"), "create");
      file.close();
      file.close();
      expect(() => file.write(bytes("x"), 0)).toThrow();
      expect(text(at("file"))).toBe("");
    });

    it("gives a path without detours, if it is there", () => {
      given.disk.makeDirectory(at("inner"));
      expect(given.disk.realPath(at("inner"))).toBe(at("inner"));
      expect(errno(() => given.disk.realPath(at("none")))).toBe("ENOENT");
    });

    it("does not change the times of a file that is only read, synced or locked", () => {
      write(at("file"), "abc");
      const before = given.disk.stat(at("file"));
      const file = given.disk.open(at("file"), "lock");
      file.read(new Uint8Array(8), 0);
      file.datasync();
      file.sync();
      file.tryLock();
      file.close();
      expect(given.disk.stat(at("file"))).toEqual(before);
    });

    it("says how much may still be written", () => {
      expect(given.disk.freeBytes(given.directory)).toBeGreaterThan(0);
    });

    it("says what kind of file system a path is on, the same for all that is on it", () => {
      write(at("file"), "");
      expect(given.disk.fileSystemType(at("file"))).toBe(given.disk.fileSystemType(given.directory));
      expect(errno(() => given.disk.fileSystemType(at("none")))).toBe("ENOENT");
    });

    it("changes the permission bits of a file or directory, and nothing of what is in it", () => {
      write(at("file"), "abc");
      given.disk.makeDirectory(at("inner"));
      given.disk.changeMode(at("file"), 0o640);
      given.disk.changeMode(at("inner"), 0o750);
      expect(given.disk.stat(at("file"))).toMatchObject({ kind: "file", mode: 0o640, sizeBytes: 3 });
      expect(given.disk.stat(at("inner"))).toMatchObject({ kind: "directory", mode: 0o750 });
      expect(text(at("file"))).toBe("abc");
      expect(errno(() => given.disk.changeMode(at("none"), 0o600))).toBe("ENOENT");
    });
  });
}
