import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { oneStep, onlyRun, program, runledger, start, workspaceWith } from "./given.ts";

/** Runs a line of shell in which `runledger` is the built program; `status` is that of the first of a pipe. */
function shell(line: string, workspace: string) {
  const call = `runledger() { "${process.execPath}" "${program}" "$@"; }; `;
  return start(["bash", "-c", `${call}${line}; exit \${PIPESTATUS[0]}`], { workspace }).ended;
}

describe("a reader that goes away", () => {
  it("ends no run", async () => {
    const steps = Array.from({ length: 20 }, (_, n) => `  - { id: s${n}, run: "echo ${n}", effect: pure }`);
    const workspace = workspaceWith({ many: `steps:\n${steps.join("\n")}\n` });
    expect(await shell("runledger run many | head -n 1 | cut -c 1-4", workspace)).toEqual({
      status: 0,
      stdout: "run-\n",
      stderr: "",
    });
    const { state } = JSON.parse((await runledger(["status", onlyRun(workspace), "--json"], { workspace })).stdout);
    expect(state.status).toBe("completed");
  });

  it("ends a verb that only reads, quietly and early", async () => {
    const loud = `steps: [{ id: loud, run: "yes | head -c 3000000", effect: pure }]\n`;
    const workspace = workspaceWith({ loud });
    await runledger(["run", "loud"], { workspace });
    const id = onlyRun(workspace);
    expect(await shell(`runledger logs ${id} | head -n 1`, workspace)).toEqual({
      status: 0,
      stdout: "y\n",
      stderr: "",
    });
    for (const more of ["", "--json", "--ndjson"]) {
      const { status, stderr } = await shell(`runledger transcript ${id} ${more} | head -c 1`, workspace);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    }
    expect(await shell(`runledger logs ${id} --json | head -c 1`, workspace)).toEqual({
      status: 0,
      stdout: "{",
      stderr: "",
    });
  });

  it("is not a disk that is full: that is said", async ({ skip }) => {
    skip(!existsSync("/dev/full"), "there is no /dev/full on this system");
    const { status, stderr } = await shell("runledger status > /dev/full", workspaceWith());
    expect(status).toBe(74);
    expect(stderr).toContain("runledger: WRITE_FAILED: the output could not be written: ENOSPC");
  });
});

describe("status, which writes without a stream", () => {
  it("says all of it to a slow reader, also where somebody has made the pipe non-blocking", async () => {
    const blocked = Array.from(
      { length: 1000 },
      (_, n) => `  - { id: s${n}, needs: [fails], run: "true", effect: pure }`,
    );
    const steps = ['  - { id: fails, run: "false", effect: pure }', ...blocked];
    const workspace = workspaceWith({ many: `steps:\n${steps.join("\n")}\n` });
    await runledger(["run", "many"], { workspace });
    const status = `runledger status ${onlyRun(workspace)} --json`;
    const toFile = await shell(`${status} > whole; cat whole`, workspace);
    expect(JSON.parse(toFile.stdout).state.steps.length).toBe(1001);
    expect(toFile.stdout.length).toBeGreaterThan(2 * 65_536);
    const nonBlocking = "python3 -c 'import os; os.set_blocking(1, False)'";
    const inPipe = await shell(`(${nonBlocking}; ${status}) | (sleep 0.5; cat)`, workspace);
    expect(inPipe).toEqual({ status: 0, stdout: toFile.stdout, stderr: "" });
  });

  it("ends quietly when nobody reads", async () => {
    const ended = await shell("(sleep 0.2; runledger status) | true", workspaceWith({ one: oneStep }));
    expect(ended).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});

describe("logs in a pipe", () => {
  it("are the bytes that were printed", async () => {
    const workspace = workspaceWith({ raw: `steps: [{ id: raw, run: "cat bytes", effect: pure }]\n` });
    const bytes = Buffer.from([0x1b, 0x5b, 0x31, 0x6d, 0xff, 0x00, 0x0a, 0xc3]);
    writeFileSync(path.join(workspace, "bytes"), bytes);
    await runledger(["run", "raw"], { workspace });
    const id = onlyRun(workspace);
    const { stdout } = await shell(`runledger logs ${id} | od -An -tx1`, workspace);
    expect(stdout.trim()).toBe("1b 5b 31 6d ff 00 0a c3");
    const { logs } = JSON.parse((await runledger(["logs", id, "--json"], { workspace })).stdout);
    expect(logs).toMatchObject([{ step: "raw", attempt: 1, source: "stdout", base64: bytes.toString("base64") }]);
  });

  it("of one step are that step's alone", async () => {
    const workspace = workspaceWith({ one: oneStep });
    await runledger(["run", "one"], { workspace });
    const id = onlyRun(workspace);
    expect((await runledger(["logs", id, "--step", "only"], { workspace })).stdout).toBe("done\n");
    const wrong = await runledger(["logs", id, "--step", "onyl"], { workspace });
    expect({ status: wrong.status, stderr: wrong.stderr }).toEqual({
      status: 66,
      stderr: expect.stringContaining("only"),
    });
  });
});

describe("the version", () => {
  it("fails if nobody can take it, and not if its reader has gone", async () => {
    const workspace = workspaceWith({});
    expect(await shell("runledger --version > /dev/full", workspace)).toMatchObject({ status: 74, stdout: "" });
    expect(await shell("runledger --version | true", workspace)).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});
