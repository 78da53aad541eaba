import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { verifyRun } from "../../src/index.ts";
import { givenWorkspaces, type Workspace } from "../run/given.ts";

const workspaces = givenWorkspaces();

/** The receipts of the one run as they stand on the disk. */
function receiptFiles(workspace: Workspace): Record<string, string> {
  const root = workspace.runFile("receipts");
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(files.map((file) => [path.relative(root, file), fs.readFileSync(file, "utf8")]));
}

async function expectNoFaults(workspace: Workspace): Promise<void> {
  const { directory, store } = workspace;
  expect(await verifyRun({ workspace: directory, store, runId: workspace.runId() })).toMatchObject({
    ok: true,
    faults: [],
  });
}

describe("receipts that were lost", () => {
  it("are made anew by resume, the same to the byte: of a task file whose second step failed", async () => {
    const workspace = workspaces.make();
    const first = { id: "first", run: "echo 1 > one; echo one", expected_outputs: [{ path: "one" }] };
    const task = workspace.task([first, { id: "second", run: "exit 3", needs: ["first"] }]);
    expect((await workspace.here({ task })).status).toBe("failed");
    const issued = receiptFiles(workspace);
    expect(Object.keys(issued)).toEqual(["work/step-1.json", "work/step-2.json"]);
    fs.rmSync(workspace.runFile("receipts"), { recursive: true });
    expect((await workspace.resume()).status).toBe("failed");
    expect(receiptFiles(workspace)).toEqual(issued);
    await expectNoFaults(workspace);
  });

  it("are made anew by resume, the same to the byte: of a completed function, whichever way they were lost", async () => {
    const workspace = workspaces.make();
    expect((await workspace.here({ function: "stages" })).status).toBe("completed");
    const issued = receiptFiles(workspace);
    expect(Object.keys(issued)).toEqual(["stages/calls.ndjson"]);
    const file = workspace.runFile("receipts", "stages", "calls.ndjson");
    const losses = [
      () => fs.rmSync(workspace.runFile("receipts"), { recursive: true }),
      () => fs.truncateSync(file, 700),
      () => fs.appendFileSync(file, "\0\0\0"),
    ];
    for (const lose of losses) {
      lose();
      expect((await workspace.resume({}, "stages")).status).toBe("completed");
      expect(receiptFiles(workspace)).toEqual(issued);
    }
    await expectNoFaults(workspace);
  });
});
