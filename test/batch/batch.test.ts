import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { givenWorkspaces, type Workspace } from "../run/given.ts";
import { batchOf, counting, expandedTo, sendings } from "./given.ts";

const workspaces = givenWorkspaces();

function givenBatch(items: readonly string[], more: object = {}, others: object[] = []): Workspace {
  const workspace = workspaces.make();
  fs.mkdirSync(workspace.path("bad"));
  workspace.task([{ id: "each", for_each: { list: items }, run: counting, ...more }, ...others], {
    snapshot: { include: ["tasks"] },
  });
  return workspace;
}

const start = (workspace: Workspace, options = {}) => workspace.here({ task: "tasks/work.json", options });

describe("a step with for_each", () => {
  it("is done once for each item, each with its own key and its own receipt in calls.ndjson", async () => {
    const workspace = givenBatch(["one", "two words", "ümläut"]);
    expect((await start(workspace)).status).toBe("completed");
    expect(workspace.counters()).toEqual({ one: 1, "two words": 1, ümläut: 1 });
    const receipts = workspace.receipts();
    expect(receipts.map(({ n, step }) => [n, step])).toEqual([
      [1, "each[one]"],
      [2, "each[two words]"],
      [3, "each[ümläut]"],
    ]);
    expect(new Set(receipts.map((receipt) => receipt.idempotency_key)).size).toBe(3);
    expect(fs.readdirSync(workspace.runFile("receipts/work"))).toEqual(["calls.ndjson"]);
  });

  it("completes at once if there are no items, and what needs it goes on", async () => {
    const workspace = givenBatch([], {}, [{ id: "after", needs: ["each"], run: "printf x >> counters/after" }]);
    expect((await start(workspace)).status).toBe("completed");
    expect(workspace.counters()).toEqual({ after: 1 });
    expect(batchOf(workspace)).toMatchObject({ total: 0, completed: 0 });
  });

  it("hands the item over as a whole argument and in the environment, whatever is in it", async () => {
    const hostile = ["$(touch hacked)", "; touch hacked", "a'b\"c", "-n", "*", "{item}"];
    const workspace = givenBatch(hostile, {
      run: ["sh", "-c", 'test "$1" = "$RUNLEDGER_ITEM" && printf "%s\\n" "$1" >> counters/seen', "sh", { $item: true }],
    });
    expect((await start(workspace)).status).toBe("completed");
    expect(workspace.read("counters/seen").trimEnd().split("\n")).toEqual(hostile);
    expect(fs.existsSync(workspace.path("hacked"))).toBe(false);
  });

  it("gives each item outputs of its own, which its receipt names", async () => {
    const workspace = givenBatch(["a.md", "b/c.md"], {
      run: 'mkdir -p "out/$(dirname "$RUNLEDGER_ITEM")"; printf "%s" "$RUNLEDGER_ITEM" > "out/$RUNLEDGER_ITEM.txt"',
      expected_outputs: [{ path: "out/{item}.txt" }],
    });
    expect((await start(workspace)).status).toBe("completed");
    const paths = workspace.receipts().map(({ artifacts }) => artifacts.map(({ path }) => path));
    expect(paths).toEqual([["out/a.md.txt"], ["out/b/c.md.txt"]]);
  });

  it("notices that an output of an item that is done has changed while others are still to be done", async () => {
    const workspace = givenBatch(["good", "evil"], {
      run: `${counting} && printf made > "$RUNLEDGER_ITEM.txt"`,
      expected_outputs: [{ path: "{item}.txt" }],
    });
    workspace.write("bad/evil", "");
    await start(workspace);
    workspace.write("good.txt", "changed");
    await expect(workspace.resume({ retryFailed: true })).rejects.toMatchObject({ code: "DRIFT" });
  });

  it("asks agents about each item, in their inputs", async () => {
    const workspace = workspaces.make();
    const agent = `${import.meta.dirname}/../run/fixtures/builder.mjs`;
    workspace.task(
      [
        {
          id: "build",
          for_each: { list: ["x", "y"] },
          ...{ agent: "builder", action: "implement", inputs: { about: { goal: { $item: true } } } },
        },
      ],
      { agents: { builder: { command: ["node", agent] } } },
    );
    expect((await start(workspace)).status).toBe("completed");
    const commands = workspace.entries().filter((entry) => entry.kind === "command");
    expect(commands.map(({ inputs }) => inputs)).toEqual([
      { $runledger: { item: "x", step: "build" }, about: { goal: "x" } },
      { $runledger: { item: "y", step: "build" }, about: { goal: "y" } },
    ]);
  });
});

describe("an item that fails", () => {
  it("leaves the others alone, blocks what needs the step, and is all that --retry-failed does again", async () => {
    const workspace = givenBatch(["a", "b", "c"], {}, [
      { id: "after", needs: ["each"], run: "printf x >> counters/after" },
    ]);
    workspace.write("bad/b", "");
    const first = await start(workspace);
    expect([first.status, first.exitStatus, first.steps]).toEqual(["failed", 1, ["each"]]);
    expect(batchOf(workspace)).toMatchObject({
      total: 3,
      completed: 2,
      failed: 1,
      queued: 0,
      failures: [{ item: "b" }],
    });
    expect(workspace.events("after").map(({ event, payload }) => [event, payload])).toEqual([
      ["step.blocked", { by: ["each"] }],
    ]);
    fs.rmSync(workspace.path("bad/b"));
    expect((await workspace.resume()).wasSettled).toBe(true);
    expect((await workspace.resume({ retryFailed: true })).status).toBe("completed");
    expect(workspace.counters()).toEqual({ a: 1, after: 1, b: 2, c: 1 });
  });

  it("is tried again under the same key as often as the step's retry says", async () => {
    const workspace = givenBatch(["a", "b"], { retry: { max_attempts: 3 } });
    workspace.write("bad/b", "");
    expect((await start(workspace)).status).toBe("failed");
    expect(Object.fromEntries(sendings(workspace))).toEqual({ "each[a]": 1, "each[b]": 3 });
  });

  it("keeps further items from being started once there are max_failures, and the run fails with the rest not started", async () => {
    const workspace = givenBatch(["a", "b", "c", "d", "e"], { max_failures: 2 });
    for (const item of ["a", "c"]) workspace.write(`bad/${item}`, "");
    expect((await start(workspace)).status).toBe("failed");
    expect(batchOf(workspace)).toMatchObject({ completed: 1, failed: 2, queued: 2 });
    expect((await workspace.resume()).wasSettled).toBe(true);
    fs.rmSync(workspace.path("bad/a"));
    fs.rmSync(workspace.path("bad/c"));
    expect((await workspace.resume({ retryFailed: true })).status).toBe("completed");
    expect(workspace.counters()).toEqual({ a: 2, b: 1, c: 2, d: 1, e: 1 });
  });
});

describe("an item in doubt", () => {
  it("pauses the run if its effect is once and nobody knows; a choice for it alone goes on", async () => {
    const workspace = givenBatch(["a", "b", "c"], { effect: "once", run: 'printf x >> "counters/$RUNLEDGER_ITEM"' });
    // Entries 1 to 4: the start, the list, the command of the first item, its end; 5 is the command of the second.
    await workspace.work({ task: "tasks/work.json", killAtSeq: 5 });
    const paused = await workspace.resume();
    expect([paused.reason, paused.steps, paused.exitStatus]).toEqual(["in_doubt", ["each[b]"], 4]);
    expect(batchOf(workspace)).toMatchObject({ completed: 2, in_doubt: 1, current: ["b"] });
    const skipped = await workspace.resume({ inDoubt: { "each[b]": "skip" } });
    expect(batchOf(workspace)).toMatchObject({ completed: 2, in_doubt: 0, skipped: 1 });
    expect(skipped.status).toBe("completed");
  });
});

describe("--only", () => {
  it("starts only the items that match; the run pauses, for not all is done, and the rest can follow", async () => {
    const workspace = givenBatch(["docs/a.md", "docs/b.md", "src/c.ts"], {
      run: 'printf x >> "counters/$(basename "$RUNLEDGER_ITEM")"',
    });
    const first = await start(workspace, { only: "docs/*" });
    expect([first.status, first.reason, first.exitStatus, first.steps]).toEqual(["paused", "only", 4, ["each"]]);
    expect(workspace.counters()).toEqual({ "a.md": 1, "b.md": 1 });
    expect(batchOf(workspace)).toMatchObject({ total: 3, completed: 2, queued: 1 });
    expect((await workspace.resume()).status).toBe("completed");
    expect(workspace.counters()).toEqual({ "a.md": 1, "b.md": 1, "c.ts": 1 });
  });

  it("narrows what --retry-failed does again", async () => {
    const workspace = givenBatch(["a", "b", "c"]);
    for (const item of ["a", "b"]) workspace.write(`bad/${item}`, "");
    await start(workspace);
    const retried = await workspace.resume({ retryFailed: true, only: "b" });
    expect([retried.status, retried.reason]).toEqual(["paused", "only"]);
    expect(workspace.counters()).toEqual({ a: 1, b: 2, c: 1 });
  });
});

describe("the list of items", () => {
  it("is recorded once, durable before any item starts, and never made again", async () => {
    const workspace = workspaces.make();
    workspace.write("docs/a.txt", "");
    workspace.write("docs/b.txt", "");
    workspace.task(
      [{ id: "each", for_each: { glob: "docs/*.txt" }, run: 'printf x >> "counters/$(basename "$RUNLEDGER_ITEM")"' }],
      {
        snapshot: { include: ["tasks"] },
      },
    );
    await workspace.work({ task: "tasks/work.json", killAtSeq: 3 });
    workspace.write("docs/c.txt", "");
    expect((await workspace.resume()).status).toBe("completed");
    expect(expandedTo(workspace)).toEqual([["docs/a.txt", "docs/b.txt"]]);
    expect(Object.keys(workspace.counters())).toEqual(["a.txt", "b.txt"]);
  });

  it("is an object if it is long, and read back from there", async () => {
    const items = Array.from({ length: 1000 }, (_, index) => `item-with-a-longer-name-${index}`);
    const workspace = givenBatch(items, { run: ["false"], max_failures: 1 });
    await start(workspace);
    expect(expandedTo(workspace)).toEqual([{ $object: expect.objectContaining({ media_type: "application/json" }) }]);
    const again = await workspace.resume({ retryFailed: true });
    expect(again.status).toBe("failed");
    expect(batchOf(workspace)).toMatchObject({ total: 1000, failed: 1, queued: 999 });
  });

  it("comes from files that match, sorted, also ignored ones, but not from .git, node_modules or the store", async () => {
    const workspace = workspaces.make();
    for (const file of [
      "b.md",
      "a.md",
      "Z.md",
      "é.md",
      "x/y/deep.md",
      ".git/no.md",
      "x/node_modules/no.md",
      "ignored/i.md",
    ])
      workspace.write(file, "");
    workspace.write(".gitignore", "counters\nignored\n");
    workspace.task([{ id: "each", for_each: { glob: "**/*.md" }, run: "true" }]);
    await start(workspace);
    expect(expandedTo(workspace)).toEqual([["Z.md", "a.md", "b.md", "ignored/i.md", "x/y/deep.md", "é.md"]]);
  });

  it("comes from lines of a file, from NDJSON, or from what a command prints", async () => {
    const workspace = workspaces.make();
    workspace.write("items.txt", "\uFEFFone\r\n\ntwo words \n");
    workspace.write("items.ndjson", '"one"\n{"id": 7, "lang": "de"}\n\n3\n');
    workspace.task([
      { id: "lines", for_each: { file: "items.txt" }, run: "true" },
      { id: "json", for_each: { file: "items.ndjson" }, run: "true" },
      { id: "printed", for_each: { command: ["printf", "x\\ny"] }, run: "true" },
      { id: "shell", for_each: { command: "seq 1 3 | tac" }, run: "true" },
    ]);
    expect((await start(workspace)).status).toBe("completed");
    expect(expandedTo(workspace, "lines")).toEqual([["one", "two words "]]);
    expect(expandedTo(workspace, "json")).toEqual([["one", '{"id": 7, "lang": "de"}', "3"]]);
    expect(expandedTo(workspace, "printed")).toEqual([["x", "y"]]);
    expect(expandedTo(workspace, "shell")).toEqual([["3", "2", "1"]]);
  });

  it("is recorded with what the step needs, be that as long that it becomes an object", async () => {
    const needs = Array.from({ length: 200 }, (_, index) => `a-step-that-is-needed-${index}`);
    const workspace = workspaces.make();
    workspace.task([
      ...needs.map((id) => ({ id, for_each: { list: [] }, run: "true" })),
      { id: "each", needs, for_each: { list: ["a"] }, run: counting },
    ]);
    expect((await start(workspace)).status).toBe("completed");
    const command = workspace.entries().find((entry) => entry.kind === "command");
    const { item, needs: digests } = (command?.kind === "command" ? command.inputs["$runledger"] : {}) as Record<
      string,
      object
    >;
    expect(item).toBe("a");
    expect(Object.keys(digests ?? {})).toEqual(needs.toSorted());
    expect(new Set(Object.values(digests ?? {}))).toEqual(new Set([expect.stringMatching(/^sha256:[0-9a-f]{64}$/)]));
  });

  it("enters the keys of what needs the step by what the items came to", async () => {
    const keys = [];
    for (const said of ["same", "same", "other"]) {
      const workspace = givenBatch(["a", "b"], { run: ["cat", "said"] }, [
        { id: "after", needs: ["each"], run: "true" },
      ]);
      workspace.write("said", said);
      await start(workspace);
      keys.push(workspace.receipts().find(({ step }) => step === "after")?.idempotency_key);
    }
    expect(keys[0]).toMatch(/^ik:/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });
});

describe("a list of items that cannot be made", () => {
  it.each([
    {
      why: "a line that stands twice",
      file: "one\ntwo\none\n",
      says: 'items.txt:3: "one" stands at items.txt:1 already',
    },
    {
      why: "a control character",
      file: "fine\na\tb\n",
      says: "items.txt:2: an item has no control characters, this one has U+0009",
    },
    {
      why: "a line that is not UTF-8",
      file: Buffer.from([0x61, 0x0a, 0xff, 0x0a]),
      says: "items.txt:2: the line is not UTF-8",
    },
    {
      why: "a line that is too long",
      file: `${"x".repeat(1025)}\n`,
      says: "items.txt:1: an item has at most 1024 bytes, this one has 1025",
    },
  ])("fails the step before any item starts, and names the place: $why", async ({ file, says }) => {
    const workspace = workspaces.make();
    fs.writeFileSync(workspace.path("items.txt"), file);
    workspace.task([
      { id: "each", for_each: { file: "items.txt" }, run: counting },
      { id: "after", needs: ["each"], run: "true" },
    ]);
    const outcome = await start(workspace);
    expect([outcome.status, outcome.steps]).toEqual(["failed", ["each"]]);
    expect(workspace.events("each").map(({ status, payload }) => [status, payload])).toEqual([
      ["failed", { code: "ITEMS_INVALID", message: says }],
    ]);
    expect(workspace.counters()).toEqual({});
    expect(outcome.state.steps.map(({ step, status }) => `${step} ${status}`)).toEqual([
      "each failed",
      "after blocked",
    ]);
    expect((await workspace.resume()).wasSettled).toBe(true);
    fs.writeFileSync(workspace.path("items.txt"), "one\n");
    expect((await workspace.resume({ retryFailed: true, onDrift: "ignore" })).status).toBe("completed");
  });

  it.each([
    { why: "a file that is not there", for_each: { file: "gone.txt" }, says: "gone.txt is not there" },
    {
      why: "a file outside",
      for_each: { file: "out/passwd" },
      says: /out\/passwd: a symlink leads out of the workspace/,
    },
    { why: "a command that fails", for_each: { command: "exit 3" }, says: "for_each.command ended with status 3" },
    {
      why: "a command that is not there",
      for_each: { command: ["no-such-program"] },
      says: /for_each.command: .*no-such-program/,
    },
  ])("says why: $why", async ({ for_each, says }) => {
    const workspace = workspaces.make();
    fs.symlinkSync("/etc", workspace.path("out"));
    workspace.task([{ id: "each", for_each, run: counting }]);
    expect((await start(workspace)).status).toBe("failed");
    const [event] = workspace.events("each");
    expect(event?.payload["message"]).toEqual(says instanceof RegExp ? expect.stringMatching(says) : says);
  });

  it("refuses items that make a path that is none", async () => {
    const workspace = givenBatch(["ok", "../up"], { run: "true", expected_outputs: [{ path: "out/{item}" }] });
    await start(workspace);
    const [event] = workspace.events("each");
    expect(event?.payload["message"]).toBe(
      'for_each.list[1]: its output "out/../up" is not a path inside the workspace, without `..`',
    );
  });

  it("refuses items that hold a secret, which is then in no file of the store", async () => {
    const workspace = workspaces.make();
    workspace.write("items.txt", "fine\nhush-hush-hush\n");
    workspace.task([{ id: "each", for_each: { file: "items.txt" }, run: counting }]);
    const { outcome } = await workspace.work({ task: "tasks/work.json" }, { SOME_TOKEN: "hush-hush-hush" });
    expect(outcome?.status).toBe("failed");
    const [event] = workspace.events("each");
    expect(event?.payload["message"]).toBe("items.txt:2: the item contains the value of SOME_TOKEN");
    const stored = workspace.files().filter((file) => file.startsWith(".runledger/"));
    expect(stored.filter((file) => workspace.read(file).includes("hush-hush"))).toEqual([]);
  });
});
