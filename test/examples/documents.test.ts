import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadTask, type ResolvedTask, type RunOutcome, resume, run, unwrittenEffects } from "../../src/index.ts";
import { repository } from "../source/source-files.ts";

let workspace = "";

beforeEach(() => {
  workspace = realpathSync(mkdtempSync(path.join(tmpdir(), "runledger-documents-")));
  for (const folder of ["docs", "examples/documents/tasks"]) {
    cpSync(path.join(repository, folder), path.join(workspace, folder.replace("examples/documents/", "")), {
      recursive: true,
    });
  }
});
afterEach(() => rmSync(workspace, { recursive: true }));

const start = async (input?: object, concurrency = 4) =>
  run(await loadTask("documents", { workspace }), { workspace, input, concurrency });

describe("the example of a batch over the documents of this project", () => {
  it("counts the words of each of them, says what doing it twice would mean, and reports", async () => {
    expect(unwrittenEffects((await loadTask("documents", { workspace })) as ResolvedTask)).toEqual([]);
    const outcome = await start();
    expect(outcome.status).toBe("completed");
    const lines = readFileSync(path.join(workspace, "build/words.txt"), "utf8").trimEnd().split("\n");
    const named = readdirSync(path.join(workspace, "docs"), { recursive: true, encoding: "utf8" });
    const documents = named.filter((name) => name.endsWith(".md"));
    expect(lines.map((line) => /^\d+ \.\/docs\/(.*)$/.exec(line)?.[1]).sort()).toEqual(documents.sort());
    expect(countsOf(outcome)).toEqual({ count: [documents.length, 0], check: [documents.length, 0] });
  });

  it("fails for the one that is not in order; mended, only that one is looked at again", async () => {
    const document = path.join(workspace, "docs/cli.md");
    const sound = readFileSync(document, "utf8");
    writeFileSync(document, `${sound}\nFIXME\n`);
    const failed = await start();
    expect([failed.status, countsOf(failed)["check"]?.[1]]).toEqual(["failed", 1]);
    writeFileSync(document, sound);
    const sent: string[] = [];
    const retried = await resume({
      ...{ workspace, runId: failed.runId, retryFailed: true },
      onEntry: (entry) => void (entry.kind === "command" && sent.push(entry.step)),
    });
    expect([retried.status, sent]).toEqual(["completed", ["check[docs/cli.md]", "report"]]);
  });

  it("takes its limit and its documents from the command line", async () => {
    const outcome = await start({ documents: "docs/decisions/*.md", most_words: 1 }, 1);
    expect(outcome.status).toBe("failed");
    expect(countsOf(outcome)["check"]).toEqual([0, 10]);
  });
});

/** How many items of each batch completed, and failed. */
function countsOf({ state }: RunOutcome): Record<string, [number, number]> {
  const counts = state.steps.flatMap(({ step, batch }) => (batch ? [[step, [batch.completed, batch.failed]]] : []));
  return Object.fromEntries(counts) as Record<string, [number, number]>;
}
