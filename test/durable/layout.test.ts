import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkedId, isPathId, storeLayout } from "../../src/durable/layout.ts";

const layout = storeLayout("/project/.runledger");
const runId = "run-20261121-070000-0a1b2c3d";

describe("the layout of a store", () => {
  it("puts every file where the format says", () => {
    const run = layout.run(runId);
    const inStore = (file: string) => path.relative("/project/.runledger", file);
    const inRun = (file: string) => path.relative(`/project/.runledger/runs/${runId}`, file);
    expect([layout.gitignore, layout.startLock, layout.runs, layout.snapshots, layout.cache].map(inStore)).toEqual([
      ".gitignore",
      "start.lock",
      "runs",
      "snapshots",
      "cache",
    ]);
    expect(inStore(layout.manifest("snap-d0ab7e60b764"))).toBe("snapshots/snap-d0ab7e60b764.manifest.json");
    expect(inStore(layout.object(`sha256:ab${"c".repeat(62)}`))).toBe(`objects/sha256/ab/${"c".repeat(62)}`);
    expect([run.ledger, run.watermark, run.lock, run.task, run.runState].map(inRun)).toEqual([
      "ledger.ndjson",
      "watermark",
      "lock",
      "task.json",
      "run.json",
    ]);
    expect(inRun(run.receipt("T-0042", 7))).toBe("receipts/T-0042/step-7.json");
    expect(inRun(run.callReceipts("T-0042"))).toBe("receipts/T-0042/calls.ndjson");
    expect(inRun(run.agentStderr("builder"))).toBe("agents/builder/stderr.log");
    expect(inRun(run.tornLedger("0a1b2c3d"))).toBe("ledger.torn-0a1b2c3d");
  });

  it("refuses ids that would lead elsewhere, wherever an id becomes part of a path", () => {
    const run = layout.run(runId);
    const places = [layout.run, layout.manifest, run.receiptsOf, run.agent, run.agentStderr];
    for (const place of places) {
      expect(() => place("../elsewhere")).toThrow(expect.objectContaining({ code: "ID_INVALID", exitStatus: 2 }));
    }
    expect(() => run.receipt("a/b", 1)).toThrow(expect.objectContaining({ code: "ID_INVALID" }));
    expect(() => run.callReceipts("")).toThrow(expect.objectContaining({ code: "ID_INVALID" }));
  });
});

describe("an id that becomes part of a path", () => {
  it.each(["a", "7", "T-0042", "v1.2_beta", runId, "x".repeat(128), "console", "com", "nullable", "com10"])(
    "may be %s",
    (id) => {
      expect(checkedId(id, "task id")).toBe(id);
    },
  );

  it.each([
    ["", "nothing"],
    ["x".repeat(129), "129 characters"],
    [".", "the directory"],
    ["..", "its parent"],
    [".hidden", "a hidden file"],
    ["-rf", "an option"],
    ["_a", "an underscore first"],
    ["a..b", "two dots"],
    ["a/b", "a slash"],
    ["a\\b", "a backslash"],
    ["a b", "a space"],
    ["a\nb", "a line feed"],
    ["a\n", "a line feed at the end"],
    ["a\0", "a NUL"],
    ["é", "a letter that is not ASCII"],
    ["CON", "a device"],
    ["nul.txt", "a device with an extension"],
    ["Com7", "a numbered device"],
    ["lpt0.a.b", "a numbered device with extensions"],
  ])("may not be %j: %s", (id) => {
    expect(isPathId(id)).toBe(false);
    expect(() => checkedId(id, "task id")).toThrow(`not a task id: ${JSON.stringify(id)}`);
  });

  it("is one plain name in its directory, whatever it is", () => {
    const characters = fc.constantFrom(..."abzAZ09._-/\\ \n\0é:~".split(""));
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 12 }), (id) => {
        fc.pre(isPathId(id));
        expect(path.dirname(layout.run(id).directory)).toBe("/project/.runledger/runs");
        expect(path.basename(layout.run(id).directory)).toBe(id);
        expect(path.win32.basename(id)).toBe(id);
      }),
    );
  });
});
