import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ExecOptions, type ExecOutcome, type ExecResult, runExec } from "../../src/agent/exec.ts";
import { nodeProcesses } from "../../src/agent/node-processes.ts";
import { Secrets } from "../../src/agent/secrets.ts";
import { storeLayout } from "../../src/durable/layout.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { ObjectStore } from "../../src/objects/store.ts";
import { systemClock, systemRandomness } from "../../src/ports.ts";
import { expectToEnd, isRunning, pidIn, removeDirectory, scratchDirectory, until } from "./scratch.ts";
import { triggeredClock } from "./triggered-clock.ts";

const deadlineMs = 123_456;
let directory: string;
let objects: ObjectStore;

beforeEach(() => {
  directory = scratchDirectory();
  const layout = storeLayout(path.join(directory, ".runledger"));
  fs.mkdirSync(layout.store);
  objects = new ObjectStore({ disk: nodeDisk, randomness: systemRandomness, layout, owner: "run-1" });
});

afterEach(() => removeDirectory(directory));

function exec(run: string | string[], more: Partial<ExecOptions> = {}): Promise<ExecOutcome> {
  return runExec({
    processes: nodeProcesses,
    clock: systemClock,
    secrets: new Secrets({ DEPLOY_TOKEN: "correct-horse" }),
    objects,
    run,
    cwd: directory,
    env: { PATH: process.env.PATH ?? "", DEPLOY_TOKEN: "correct-horse" },
    graceMs: 10_000,
    ...more,
  });
}

async function result(run: string | string[], more: Partial<ExecOptions> = {}): Promise<ExecResult> {
  const outcome = await exec(run, more);
  expect(outcome.kind).toBe("exited");
  return "result" in outcome ? outcome.result : expect.fail();
}

/** The bytes of captured output that became an object. */
function content(captured: ExecResult["stdout"]): Uint8Array {
  return typeof captured === "string" ? expect.fail() : objects.get(captured);
}

const node = (script: string) => [process.execPath, "-e", script];
const temporaries = () =>
  fs
    .readdirSync(path.join(directory, ".runledger"), { recursive: true })
    .filter((name) => String(name).endsWith(".tmp"));

describe("a plain command", () => {
  it("gives its exit code and output, in the workspace, with an empty stdin", async () => {
    expect(await result('cat; cat /dev/stdin; pwd; echo "$DEPLOY_TOKEN" | wc -c >&2; exit 3')).toEqual({
      exit_code: 3,
      signal: null,
      stdout: `${directory}\n`,
      stderr: expect.stringMatching(/^\s*14\n$/),
    });
  });

  it("given as a list is started without a shell", async () => {
    expect(await result(["printf", "%s|", "$HOME", "a b", "*"])).toMatchObject({ stdout: "$HOME|a b|*|" });
  });

  it("has only the environment that it was given", async () => {
    expect(await result(["/usr/bin/env"], { env: { ONLY: "this" } })).toMatchObject({ stdout: "ONLY=this\n" });
  });

  it("killed by somebody else has exited, with the signal", async () => {
    expect(await result("kill -KILL $$")).toEqual({ exit_code: null, signal: "SIGKILL", stdout: "", stderr: "" });
  });

  it.each([
    ["ENOENT", ["no-such-program-here"], {}],
    ["ENOENT", ["true"], { cwd: "/no/such/directory" }],
    ["EACCES", ["/etc/passwd"], {}],
    ["E2BIG", ["true", "x".repeat(3_000_000)], {}],
    ["ERR_INVALID_ARG_VALUE", ["true", "\0"], {}],
  ])("that the system refuses with %s was not started", async (code, run, more) => {
    const outcome = await exec(run, more);
    expect(outcome).toMatchObject({ kind: "not_started", code, message: expect.stringContaining(code) });
  });

  it("records control characters as they are, and shows its output while it runs", async () => {
    const shown: string[] = [];
    const onOutput = (stream: string, text: string) => shown.push(`${stream} ${text}`);
    expect(await result("printf '\\033[2J\\007é'; printf oops >&2", { onOutput })).toMatchObject({
      stdout: "\u001b[2J\u0007é",
      stderr: "oops",
    });
    expect(shown.toSorted()).toEqual(["stderr oops", "stdout \u001b[2J\u0007é"].toSorted());
  });
});

describe("the output of a plain command", () => {
  it("is a text up to 16,384 bytes and an object beyond", async () => {
    expect(await result(node('process.stdout.write("x".repeat(16384))'))).toMatchObject({ stdout: "x".repeat(16384) });
    const { stdout } = await result(node('process.stdout.write("é".repeat(8192) + "x")'));
    expect(stdout).toMatchObject({ $object: { size: 16385, media_type: "text/plain; charset=utf-8" } });
    expect(Buffer.from(content(stdout)).toString()).toBe(`${"é".repeat(8192)}x`);
  });

  it("that is not UTF-8 is an object of its bytes, however short", async () => {
    const { stdout, stderr } = await result("printf 'a\\377b'; printf '\\303' >&2");
    expect(stdout).toMatchObject({ $object: { size: 3, media_type: "application/octet-stream" } });
    expect([...content(stdout)]).toEqual([0x61, 0xff, 0x62]);
    expect([...content(stderr)]).toEqual([0xc3]);
  });

  it("has no secret in it, whether kept as text, as object or shown, also when it is printed in pieces", async () => {
    const pieces = 'process.stdout.write("<corr"); setTimeout(() => process.stdout.write("ect-horse>"), 50)';
    const shown: string[] = [];
    const outcome = await result(node(pieces), { onOutput: (_, text) => shown.push(text) });
    expect(outcome).toMatchObject({ stdout: "<[redacted:DEPLOY_TOKEN]>" });
    expect(shown.join("")).toBe("<[redacted:DEPLOY_TOKEN]>");
    const { stdout } = await result('for i in $(seq 2000); do echo "$i $DEPLOY_TOKEN"; done');
    const text = Buffer.from(content(stdout)).toString();
    expect(text.split("\n")[1999]).toBe("2000 [redacted:DEPLOY_TOKEN]");
    expect(text).not.toContain("correct-horse");
  });

  it("of 256 MiB needs no more memory than a little", async () => {
    const before = process.memoryUsage().rss;
    let most = 0;
    const onOutput = () => {
      most = Math.max(most, process.memoryUsage().rss);
    };
    const sizeBytes = 256 * 1_048_576;
    const { stdout } = await result(`head -c ${sizeBytes} /dev/zero`, { onOutput, secrets: new Secrets({}) });
    expect(stdout).toMatchObject({ $object: { size: sizeBytes } });
    expect(most - before).toBeLessThan(128 * 1_048_576);
  });

  it("that cannot be stored ends the command, and the error is told", async () => {
    const broken = {
      writer: () => ({
        write: () => {
          throw Object.assign(new Error("no space"), { code: "ENOSPC" });
        },
        finish: () => expect.fail(),
        discard: () => {},
      }),
    };
    const file = path.join(directory, "pid");
    const run = exec(`echo $$ > ${file}; yes`, { objects: broken });
    await expect(run).rejects.toThrow("no space");
    await expectToEnd(await pidIn(file));
  });
});

describe("a plain command that does not end by itself", () => {
  it("is asked to end at its deadline, with all it has started, and what it printed is kept", async () => {
    const clock = triggeredClock(deadlineMs);
    const run = exec("echo before; sleep 600 & echo $! > child; wait", { timeoutMs: deadlineMs, clock });
    const child = await pidIn(path.join(directory, "child"));
    await clock.trigger();
    expect(await run).toMatchObject({ kind: "deadline", result: { stdout: "before\n", signal: "SIGTERM" } });
    await expectToEnd(child);
  });

  it("is killed when it ignores SIGTERM for the grace period", async () => {
    const clock = triggeredClock(deadlineMs);
    const script = "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done";
    const run = exec(script, { timeoutMs: deadlineMs, graceMs: 200, clock });
    await pidIn(path.join(directory, "pid"));
    await clock.trigger();
    expect(await run).toMatchObject({ kind: "deadline", result: { signal: "SIGKILL" } });
  });

  it("is stopped by the signal, nothing is kept, and it may end in its own way", async () => {
    const stop = new AbortController();
    const run = exec(
      "trap 'echo bye > bye; exit 0' TERM; touch ready; head -c 100000 /dev/zero; while :; do sleep 0.05; done",
      {
        signal: stop.signal,
      },
    );
    await until(() => fs.existsSync(path.join(directory, "ready")));
    stop.abort();
    expect(await run).toEqual({ kind: "stopped" });
    expect(fs.readFileSync(path.join(directory, "bye"), "utf8")).toBe("bye\n");
    expect(temporaries()).toEqual([]);
  });

  it("is killed at once by the second signal", async () => {
    const [stop, kill] = [new AbortController(), new AbortController()];
    const run = exec("trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done", {
      signal: stop.signal,
      killSignal: kill.signal,
      graceMs: 600_000,
    });
    const pid = await pidIn(path.join(directory, "pid"));
    stop.abort();
    kill.abort();
    expect(await run).toEqual({ kind: "stopped" });
    expect(isRunning(pid)).toBe(false);
  });

  it("is not even started when the signal was given before", async () => {
    expect(await exec("touch started", { signal: AbortSignal.abort() })).toEqual({ kind: "stopped" });
    expect(fs.existsSync(path.join(directory, "started"))).toBe(false);
  });
});

describe("a process that keeps the pipes of an ended command open", () => {
  it("is ended after a second, and all that was printed is there", async () => {
    const { stdout } = await result("sleep 600 & echo $! > child; echo done");
    expect(stdout).toBe("done\n");
    await expectToEnd(await pidIn(path.join(directory, "child")));
  });

  it("in a session of its own is not waited for either", async () => {
    const script = `const child = require("node:child_process").spawn("sleep", ["600"], {detached: true, stdio: "inherit"});
      require("node:fs").writeFileSync("daemon", String(child.pid)); console.log("done"); process.exit(0)`;
    const { stdout } = await result(node(script));
    expect(stdout).toBe("done\n");
    process.kill(await pidIn(path.join(directory, "daemon")), "SIGKILL");
  });

  it("and prints for ever is not listened to for ever", async () => {
    const { exit_code } = await result("yes & echo $! > child; exit 5");
    expect(exit_code).toBe(5);
    await expectToEnd(await pidIn(path.join(directory, "child")));
  });

  it("is left alone when it has its own output, as daemons have", async () => {
    await result("sleep 600 > /dev/null 2>&1 & echo $! > daemon");
    const pid = await pidIn(path.join(directory, "daemon"));
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });
});
