import { describe, expect, it } from "vitest";
import { nightly } from "../faults/night.ts";
import { givenWorkspaces, leftOverProcesses, type RunProcess, seededRandom, type Workspace } from "../run/given.ts";
import { batchOf, sendings } from "./given.ts";

const workspaces = givenWorkspaces();
/** The nights are long. */
const total = nightly > 1 ? 10_000 : 1000;
const kills = 20;

const name = (number: number) => `item-${String(number).padStart(5, "0")}`;
/** One in a hundred. */
const failing = Array.from({ length: total / 100 }, (_, index) => name(index * 100 + 42));

/** Each item adds a line to one file, in one write, and the failing ones fail as long as nobody has mended them. */
function givenBatch(): Workspace {
  const workspace = workspaces.make();
  workspace.write("items.txt", `${Array.from({ length: total }, (_, index) => name(index)).join("\n")}\n`);
  const line = 'echo "$RUNLEDGER_ITEM" >> counters/done; case $RUNLEDGER_ITEM in *42) test -e counters/mended ;; esac';
  workspace.task([{ id: "each", for_each: { file: "items.txt" }, run: line }], {
    concurrency: 4,
    snapshot: { include: ["tasks"] },
  });
  return workspace;
}

describe("kill -9 at random moments of a batch", () => {
  it(`is survived ${kills} times by ${total} items of which 1 % fail, and --retry-failed does only those`, {
    timeout: 900_000,
  }, async () => {
    const workspace = givenBatch();
    const random = seededRandom(7);
    for (let kill = 0; kill < kills; kill += 1) await killSomewhere(workspace, Math.floor((random() * total) / 12));
    expect(sendings(workspace).size, "the last kill came in the middle").toBeLessThan(total);

    const last = await workspace.resume();
    expect([last.status, last.steps]).toEqual(["failed", ["each"]]);
    expect(batchOf(workspace)).toMatchObject({ total, queued: 0, in_doubt: 0, completed: total - failing.length });
    expect(failedItems(workspace)).toEqual(failing);
    expectOnceUnlessInFlight(workspace);

    workspace.write("counters/mended", "");
    const before = doneItems(workspace);
    expect((await workspace.resume({ retryFailed: true })).status).toBe("completed");
    expect(doneItems(workspace).slice(before.length).sort()).toEqual(failing);
    expect(leftOverProcesses(workspace.runId())).toEqual([]);
  });
});

/** Starts or resumes the run, and kills it after so many more entries, at whatever moment that is by then. */
async function killSomewhere(workspace: Workspace, entries: number): Promise<void> {
  const [runId] = workspace.runIds();
  const started: RunProcess = workspace.start(runId === undefined ? { task: "tasks/work.json" } : { runId });
  await started.entries(3 + entries);
  started.kill();
  expect((await started.ended).signal).toBe("SIGKILL");
}

function doneItems(workspace: Workspace): string[] {
  return workspace.read("counters/done").trimEnd().split("\n");
}

function failedItems(workspace: Workspace): string[] {
  const ends = workspace.events().filter(({ event }) => event === "exec.completed");
  const last = new Map(ends.map(({ step, status }) => [step ?? "", status]));
  const failed = [...last].filter(([, status]) => status === "failed").map(([step]) => step.slice("each[".length, -1));
  return failed.sort();
}

/** An item was sent again only where it was found in doubt, and nothing was done that was not sent. */
function expectOnceUnlessInFlight(workspace: Workspace): void {
  const doubts = new Map<string, number>();
  for (const { event, step = "" } of workspace.events()) {
    if (event === "step.in_doubt") doubts.set(step, (doubts.get(step) ?? 0) + 1);
  }
  const done = new Map<string, number>();
  for (const item of doneItems(workspace)) done.set(`each[${item}]`, (done.get(`each[${item}]`) ?? 0) + 1);
  for (const [step, sent] of sendings(workspace)) {
    expect(sent, step).toBe(1 + (doubts.get(step) ?? 0));
    expect(done.get(step) ?? 0, step).toBeLessThanOrEqual(sent);
  }
  expect(done.size).toBe(total);
  // Four at a time: no kill leaves more than four in flight.
  expect([...doubts.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4 * kills);
}
