import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Disk } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import * as api from "../../src/index.ts";
import { chain, removeWorkspaces, runTask, workspaceWith } from "./inspect-given.ts";

let workspace: string;
let runId: string;
beforeAll(async () => {
  workspace = workspaceWith({ chain });
  ({ runId } = await runTask(workspace, "chain"));
});
afterAll(removeWorkspaces);

/** What the system says to another user about all that has `part` in its path. */
function deniedTo(part: string): Disk {
  const refusing =
    <Rest extends unknown[], Result>(call: (path: string, ...rest: Rest) => Result) =>
    (path: string, ...rest: Rest) => {
      if (path.includes(part)) throw Object.assign(new Error(`EACCES: ${path}`), { code: "EACCES" });
      return call(path, ...rest);
    };
  const { open, readFile, stat, list } = nodeDisk;
  return {
    ...nodeDisk,
    open: refusing(open),
    readFile: refusing(readFile),
    stat: refusing(stat),
    list: refusing(list),
  };
}

type Asked = { workspace: string; runId: string; world: api.World };

const readers: Record<string, (asked: Asked) => unknown> = {
  listRuns: api.listRuns,
  readRun: (asked) => api.readRun({ ...asked, checkChain: true }),
  readLogs: (asked) => [...api.readLogs(asked)],
  readTranscript: (asked) => [...api.readTranscript(asked)],
  showStep: (asked) => api.showStep({ ...asked, step: "words" }),
  loadSnapshot: (asked) => api.loadSnapshot(api.readRun({ workspace, runId }).state.snapshot_id, asked),
  planResume: api.planResume,
};

const denied: [part: string, names: string[]][] = [
  ["/.runledger/runs", ["listRuns", "readRun", "readLogs", "readTranscript", "showStep", "planResume"]],
  ["/ledger.ndjson", ["readRun", "readLogs", "readTranscript", "showStep", "planResume"]],
  ["/watermark", ["readRun", "readLogs", "readTranscript", "showStep", "planResume"]],
  ["/objects/", ["readLogs", "readTranscript"]],
  ["/snapshots/", ["loadSnapshot", "planResume"]],
];

const askedWithout = (part: string): Asked => ({
  workspace,
  runId,
  world: { ...api.systemWorld, disk: deniedTo(part) },
});

describe.each(denied)("what may not be read: %s", (part, names) => {
  it.each(names)("is a matter of permission for %s", async (name) => {
    await expect((async () => readers[name]?.(askedWithout(part)))()).rejects.toMatchObject({
      code: "PERMISSION",
      exitStatus: 77,
      hint: expect.stringMatching(/permission|readable|ls -l|verify/),
    });
  });
});

// A run that is not found has nothing to go on with.
it.each(denied.filter(([part]) => part !== "/.runledger/runs"))(
  "verify goes on and says that it is a matter of permission: %s",
  async (part) => {
    const { faults } = await api.verifyRun(askedWithout(part));
    expect(faults.map(({ code }) => code)).toContain("PERMISSION");
    expect(faults.map(({ code }) => code)).not.toContain("READ_FAILED");
  },
);
