import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { repository } from "../source/source-files.ts";

const verifier = path.join(repository, "docs/verify/verify_ledger.py");
const vectors = path.join(repository, "test/vectors/ledger-5-entries.ndjson");
const folder = mkdtempSync(path.join(tmpdir(), "runledger-verifier-"));
const pythonIsMissing = spawnSync("python3", ["--version"]).error !== undefined;

afterAll(() => rmSync(folder, { recursive: true }));

describe("the verifier in Python", () => {
  beforeEach((context) => context.skip(pythonIsMissing, "there is no python3 on this machine"));

  it("has at most 30 lines and needs nothing but the standard library", () => {
    const text = readFileSync(verifier, "utf8");
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
    expect(text.match(/^\s*(?:import|from) .*/gm)).toEqual(["import hashlib, json, re, sys"]);
  });

  it("finds the head that the vectors name", () => {
    const expected = JSON.parse(readFileSync(path.join(repository, "test/vectors/vectors.json"), "utf8")).ledger;
    expect(verify(readFileSync(vectors))).toEqual({ status: 0, said: `ok ${expected.entries} ${expected.head}` });
  });

  it("names line and byte of a flipped bit, wherever in the line it is", () => {
    const third = startOfLine(3);
    const fourth = startOfLine(4);
    for (const byte of [third, third + 100, fourth - 76, fourth - 40, fourth - 2]) {
      const damaged = readFileSync(vectors);
      damaged.writeUInt8(damaged.readUInt8(byte) ^ 1, byte);
      expect(verify(damaged), `bit flipped at byte ${byte}`).toEqual({
        status: 3,
        said: expect.stringMatching(
          new RegExp(`^line 3, byte ${third}: (?:the hash is [0-9a-f]{64}, expected|no seal)`),
        ),
      });
    }
  });

  it("names the first line that is missing, doubled or in the wrong place", () => {
    const [a = "", b = "", c = ""] = readFileSync(vectors, "utf8").split(/(?<=\n)/);
    expect(verify(a + c).said).toMatch(`line 2, byte ${a.length}: the hash is`);
    expect(verify(a + a).said).toMatch(`line 2, byte ${a.length}: the hash is`);
    expect(verify(b + a + c).said).toMatch("line 1, byte 0: the hash is");
  });

  it("refuses a gap in seq although the chain over it holds", () => {
    const first = sealed("0".repeat(64), '{"seq":1}');
    const gap = sealed(first.hash, '{"payload":{"seq":2},"seq":3}');
    expect(verify(first.line + gap.line)).toEqual({ status: 3, said: "line 2, byte 84: the seq is 3, expected 2" });
    expect(verify(first.line + sealed(first.hash, "{not json}").line).said).toMatch(
      "line 2, byte 84: the seq is missing",
    );
  });

  it("refuses a line cut off at its end, bytes behind the last line, and a ledger without entries", () => {
    const bytes = readFileSync(vectors);
    expect(verify(bytes.subarray(0, -1)).said).toMatch(`line 5, byte ${startOfLine(5)}: no seal at the end of`);
    expect(verify(Buffer.concat([bytes, Buffer.alloc(512)])).said).toMatch(
      `line 6, byte ${bytes.length}: no seal at the end of 512`,
    );
    expect(verify("")).toEqual({ status: 3, said: "line 1, byte 0: there is no entry" });
  });

  it("accepts a line of 262,144 bytes and refuses one of 262,145", () => {
    const padded = (sizeBytes: number) =>
      sealed("0".repeat(64), `{"pad":"${"x".repeat(sizeBytes - 93)}","seq":1}`).line;
    expect(padded(262_144)).toHaveLength(262_144);
    expect(verify(padded(262_144)).status).toBe(0);
    expect(verify(padded(262_145))).toEqual({ status: 3, said: "line 1, byte 0: longer than 262144 bytes" });
  });
});

/** Exit status and the one line that the verifier prints for a ledger of these bytes. */
function verify(ledger: Uint8Array | string): { status: number | null; said: string } {
  const file = path.join(folder, "ledger.ndjson");
  writeFileSync(file, ledger);
  const { status, stdout, stderr } = spawnSync("python3", [verifier, file], { encoding: "utf8" });
  expect(stderr).toBe("");
  return { status, said: stdout.trimEnd() };
}

/** Byte offset of a line of the vectors, counted from 1. */
function startOfLine(line: number): number {
  const lines = readFileSync(vectors, "latin1").split(/(?<=\n)/);
  return lines.slice(0, line - 1).join("").length;
}

/** The line of the entry `body` behind the hash `previous` (docs/format.md), written down here independently of src. */
function sealed(previous: string, body: string): { line: string; hash: string } {
  const hash = createHash("sha256")
    .update(previous + body)
    .digest("hex");
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}\n`, hash };
}
