import { describe, expect, it } from "vitest";
import { givenWorkspaces, leftOverProcesses, type Workspace } from "../run/given.ts";
import { normalForm } from "../run/normal-form.ts";

const workspaces = givenWorkspaces();

/** Items that succeed, one that needs two attempts, one that fails, what needs them all, and what needs only good ones. */
const steps = [
  {
    id: "each",
    for_each: { command: "cat list; printf x >> counters/listed" },
    run: 'printf x >> "counters/$RUNLEDGER_ITEM"; case $RUNLEDGER_ITEM in b) test -e seen || { touch seen; false; } ;; d) false ;; esac',
    retry: { max_attempts: 2 },
    writes: ["seen"],
  },
  {
    id: "good",
    for_each: { glob: "docs/*.md" },
    run: ["sh", "-c", 'mkdir -p out/docs; wc -c < "$1" > "out/$1"', "sh", { $item: true }],
    expected_outputs: [{ path: "out/{item}" }],
  },
  { id: "sum", needs: ["good"], run: "cat out/docs/*.md", effect: "pure" },
  { id: "blocked", needs: ["each"], run: "printf x >> counters/blocked" },
];

function givenBatches(): Workspace {
  const workspace = workspaces.make();
  workspace.write("list", "a\nb\nc\nd\n");
  for (const name of ["x", "y"]) workspace.write(`docs/${name}.md`, name);
  workspace.task(steps, { concurrency: 2 });
  return workspace;
}

describe("kill -9 after every single entry of a run with batches", () => {
  it("ends as without a crash", { timeout: 300_000 }, async () => {
    const undisturbed = givenBatches();
    expect((await undisturbed.work({ task: "tasks/work.json" })).outcome?.status).toBe("failed");
    const expected = normalForm(undisturbed);
    const entries = undisturbed.entries().length;
    expect(entries).toBeGreaterThan(15);
    for (let seq = 1; seq <= entries; seq += 1) await surviveKillAt(seq, expected);
  });
});

async function surviveKillAt(killAtSeq: number, expected: object): Promise<void> {
  const workspace = givenBatches();
  const { signal, seqs } = await workspace.work({ task: "tasks/work.json", killAtSeq });
  // Two at a time: another order of entries may make it shorter by one.
  if (signal !== "SIGKILL") expect(seqs.length).toBeLessThan(killAtSeq);
  await workspace.resume();
  expect(normalForm(workspace), `killed after entry ${killAtSeq}`).toEqual(expected);
  const lists = workspace.events().filter(({ event }) => event === "step.expanded");
  expect(lists.map(({ step }) => step).sort()).toEqual(["each", "good"]);
  expect(workspace.counters()["blocked"]).toBeUndefined();
  expect(workspace.receipts().map(({ n }, index) => n - index)).toEqual(workspace.receipts().map(() => 1));
  expect(leftOverProcesses(workspace.runId())).toEqual([]);
}
