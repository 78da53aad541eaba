import { describe, expect, it } from "vitest";
import { readText } from "./docs/documents.ts";
import { titlesOf } from "./docs/titles.ts";
import { givenWorkspaces } from "./run/given.ts";
import { commandsOf } from "./supervision/given.ts";

// What earlier systems claimed and did not do, although their tests were green: they resumed inside one process. Each line
// is such a trap, with the test that would fail on what they did.

const traps: readonly (readonly [trap: string, file: string, title: string])[] = [
  // An orchestrator of agents.
  [
    "ids that hash a time: two captures of one tree differ",
    "snapshot/identity.test.ts",
    "stays after a touch, in a fresh clone and under another name",
  ],
  ["rounds of a loop that share one key", "traps.test.ts", "rounds that ask the same again have keys of their own"],
  ["inputs that a resume computes differently", "run/every-entry.test.ts", "ends as without a crash: a task file"],
  [
    "nothing pending is taken for completed",
    "runstate/evolve.test.ts",
    "is not completed because nothing is pending: only its final entry says so",
  ],
  ["a crash after a failure ends as completed", "run/failures.test.ts", "never ends as completed"],
  [
    "a crash between two stages ends as completed",
    "run/failures.test.ts",
    "between two stages goes on with the second",
  ],
  [
    "values that are canonicalised unsorted",
    "idempotency/canonical.test.ts",
    "does not depend on the order in which members were set",
  ],
  ["<, > and & are escaped", "idempotency/canonical.test.ts", "prints the example of RFC 8785, section 3.2.2"],
  [
    "a torn last line blocks the resume",
    "run/which-run.test.ts",
    "of a ledger with a torn tail says in the ledger what it cut, and goes on",
  ],
  [
    "an oversize line of an agent loops the reader",
    "agent/agent-process.test.ts",
    "may send lines of 258,048 bytes; a longer one is skipped, be it 256 MiB long",
  ],
  [
    "262,144 bytes can be written and not read",
    "ledger/bytes.test.ts",
    "of 262,145 bytes is refused, nothing is written, and the ledger goes on",
  ],
  [
    "numbers of receipts begin again at 1",
    "receipt/receipt-book.test.ts",
    "have numbers without gaps or repeats over both places, wherever a process dies and the next one goes on",
  ],
  ["error events are ignored until a time-out", "agent/agent-process.test.ts", "ends with an error event as well"],
  [
    "an agent's death is not noticed",
    "supervision/agents.test.ts",
    "is started again, and sent its command once more under the same key",
  ],
  [
    "logs are not drained until the pipe blocks",
    "agent/agent-process.test.ts",
    "are kept up to 16 MiB, and the file says how much is missing",
  ],
  ["what is emitted fails the published schemas", "schemas/schemas.test.ts", "is as the code defines it"],
  [
    "a command that was sent again stays pending for ever",
    "traps.test.ts",
    "a command that was sent again is pending nowhere once it has ended",
  ],
  ["two resumes at once", "run/owners.test.ts", "are not, also when both resume at the same moment"],
  [
    "Ctrl-C without a handler",
    "run/owners.test.ts",
    "stops the run after what is running, which a resume then completes",
  ],
  // Batches.
  [
    "a dead owner is taken for stale, and the batch thrown away",
    "batch/traps.test.ts",
    "a crashed batch is not thrown away as stale: the same start goes on with it, and queues what was interrupted again",
  ],
  [
    "--no-resume is read under another name",
    "batch/traps.test.ts",
    "--no-resume starts a new batch, also where one is unfinished",
  ],
  [
    "new records fail their own schema",
    "run/inspect-runs.test.ts",
    "is the one that its process wrote, and is valid at every entry",
  ],
  [
    "failed items are lost on clean-up",
    "batch/traps.test.ts",
    "a batch that ended cleanly keeps what --retry-failed needs, in a new process",
  ],
  [
    "a worker waits for a need that cannot be met",
    "batch/traps.test.ts",
    "a batch whose needs cannot be met ends as blocked and waits for nothing",
  ],
  ["a resume without progress loops", "batch/traps.test.ts", "a resume that can do nothing stops, and appends nothing"],
  // A dispatcher.
  [
    "restored steps are not done in the new graph, and the resume spins",
    "task/graph.test.ts",
    "goes on from where an interrupted one was, and does only the rest",
  ],
  [
    "failed steps count as finished, and unblock others",
    "run/failures.test.ts",
    "blocks what needs it, lets the rest be done, and ends the run as failed",
  ],
  [
    "an open circuit fails all that is left",
    "supervision/circuit.test.ts",
    "opens after three failures in a row; what is left is done when it has closed, and none of it fails",
  ],
  [
    "an open circuit is forgotten by a resume",
    "supervision/circuit.test.ts",
    "is still open, until the same time, in the process that resumes after kill -9",
  ],
  ["the version is never checked", "ledger/bytes.test.ts", "of a newer format is refused, by readers and by writers"],
];

describe("a trap of earlier systems", () => {
  it.each(traps)("has a test: %s", (_, file, title) => {
    const titles = titlesOf(readText(`test/${file}`));
    expect(
      titles.some((pattern) => pattern.test(title)),
      `${file} has ${titles.join(", ")}`,
    ).toBe(true);
  });
});

describe("what went wrong in earlier systems for agents", () => {
  const workspaces = givenWorkspaces();

  it("rounds that ask the same again have keys of their own", async () => {
    const workspace = workspaces.make();
    const review = { run: "cat draft.txt", writes: [] };
    const change = { run: "echo better >> draft.txt", writes: ["draft.txt"] };
    const steps = [
      { id: "review-1", ...review },
      { id: "change-1", ...change, needs: ["review-1"] },
      { id: "review-2", ...review, needs: ["change-1"] },
      { id: "change-2", ...change, needs: ["review-2"] },
    ];
    workspace.write("draft.txt", "draft\n");
    await workspace.here({ task: workspace.task(steps) });
    const keys = commandsOf(workspace).map(({ idempotency_key: key }) => key);
    expect(new Set(keys).size).toBe(4);
    expect(workspace.read("draft.txt")).toBe("draft\nbetter\nbetter\n");
  });

  it("a command that was sent again is pending nowhere once it has ended", async () => {
    const workspace = workspaces.make();
    const run =
      "printf x >> counters/only; test -e counters/again || { touch counters/again; kill -9 $PPID; sleep 60; }";
    await workspace.work({ task: workspace.task([{ id: "only", run }]) });
    await workspace.resume();
    expect(commandsOf(workspace).map(({ retry }) => retry.attempt)).toEqual([1, 2]);
    const document = JSON.parse(workspace.read(`.runledger/runs/${workspace.runId()}/run.json`));
    expect(document.progress).toMatchObject({ total: 1, completed: 1, running: 0, in_doubt: 0, pending: 0 });
    expect(workspace.receipts()).toHaveLength(1);
  });
});
