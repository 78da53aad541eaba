import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { TranscriptItem } from "../../src/index.ts";
import { onlyRun, runledger, workspaceWith } from "./given.ts";

const steps = `
steps:
  - { id: build, run: "printf 'one\\\\ntwo'; echo bad >&2", effect: pure }
  - { id: flaky, run: "test -e flaky || { touch flaky; echo no; exit 3; }", retry: { max_attempts: 2 }, effect: pure }
  - { id: approve, needs: [build], decision: { prompt: "Ship it?", options: [ship, hold] } }
`;

let workspace = "";
let id = "";

beforeAll(async () => {
  workspace = workspaceWith({ demo: steps });
  writeFileSync(path.join(workspace, ".gitignore"), "flaky\n");
  expect((await runledger(["run", "demo"], { workspace })).status).toBe(4);
  id = onlyRun(workspace);
  const words = ["decide", id, "--step", "approve", "--choose", "ship", "--note", "looks good"];
  expect((await runledger(words, { workspace })).status).toBe(0);
  expect((await runledger(["resume", id], { workspace })).status).toBe(0);
}, 30_000);

const transcript = (...more: string[]) => runledger(["transcript", id, ...more], { workspace });

/** Without the times, and without what differs from run to run. */
const plain = (stdout: string) =>
  stdout
    .split("\n")
    .filter((line) => !/ run\.(started|resumed) /.test(line))
    .map((line) => line.replace(/^\d+:\d\d:\d\d\.\d{3}/, "TIME"));

describe("a transcript", () => {
  it("tells a run as it was seen: what was asked, printed, decided and waited for", async () => {
    const { status, stdout } = await transcript();
    expect(status).toBe(0);
    expect(plain(stdout)).toMatchInlineSnapshot(`
      [
        "TIME  build  → exec",
        "TIME  build  exec.completed  exec  {"exit_code":0,"signal":null}",
        "    stdout | one",
        "    stdout | two",
        "    stderr | bad",
        "TIME  approve  → decision",
        "TIME  flaky  → exec",
        "TIME  flaky  exec.completed (failed)  exec  EXIT_STATUS: exit status 3  {"exit_code":3,"signal":null}",
        "    stdout | no",
        "TIME  flaky (attempt 2)  → exec",
        "TIME  flaky (attempt 2)  exec.completed  exec  {"exit_code":0,"signal":null}",
        "TIME  run.paused  {"reason":"decision","steps":["approve"]}",
        "TIME  approve  system.user_decision  {"choice":"ship","note":"looks good","settled_by":"user","step":"approve"}",
        "TIME  approve  decision.completed  {"settled_by":"user","result":{"choice":"ship","note":"looks good"}}",
        "TIME  run.completed",
        "",
      ]
    `);
  });

  it("has the time since the start, which never goes back here", async () => {
    const { items } = JSON.parse((await transcript("--json")).stdout) as { items: TranscriptItem[] };
    const offsets = items.map((item) => item.offset_ms);
    expect(offsets[0]).toBe(0);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    const [first] = items;
    for (const { at, offset_ms: offsetMs } of items)
      expect(Date.parse(at) - Date.parse(first?.at ?? "")).toBe(offsetMs);
  });

  it("is the same as one document and as lines", async () => {
    const document = JSON.parse((await transcript("--json")).stdout) as { run_id: string; items: TranscriptItem[] };
    const lines = (await transcript("--ndjson")).stdout.trimEnd().split("\n");
    expect(document.run_id).toBe(id);
    expect(lines.map((line) => JSON.parse(line))).toEqual(document.items);
    expect(new Set(document.items.map(({ kind }) => kind))).toEqual(new Set(["event", "command", "output"]));
    expect((await transcript("--json", "--ndjson")).status).toBe(2);
  });

  it("can be that of one step; another one is not known", async () => {
    const lines = (await transcript("--step", "flaky", "--ndjson")).stdout.trimEnd().split("\n");
    const items = lines.map((line) => JSON.parse(line) as TranscriptItem);
    expect(items.map(({ step, attempt, kind, name }) => [step, attempt, kind, name])).toEqual([
      ["flaky", 1, "command", "exec"],
      ["flaky", 1, "event", "exec.completed"],
      ["flaky", 1, "output", "stdout"],
      ["flaky", 2, "command", "exec"],
      ["flaky", 2, "event", "exec.completed"],
    ]);
    const { status, stderr } = await transcript("--step", "flacky");
    expect({ status, hint: stderr.includes("Did you mean flaky?") }).toEqual({ status: 66, hint: true });
  });

  it("comes in pieces, however much was printed without a line's end", async () => {
    const large = workspaceWith({
      large: `steps: [{ id: large, run: "head -c 1000000 /dev/zero | tr '\\\\0' x", effect: pure }]\n`,
    });
    await runledger(["run", "large"], { workspace: large });
    const words = ["transcript", onlyRun(large), "--ndjson"];
    const lines = (await runledger(words, { workspace: large })).stdout.trimEnd().split("\n");
    const pieces = lines.map((line) => JSON.parse(line) as TranscriptItem).filter(({ kind }) => kind === "output");
    expect(Math.max(...pieces.map(({ text = "" }) => text.length))).toBeLessThanOrEqual(65_536);
    expect(pieces.map(({ text }) => text).join("")).toBe("x".repeat(1_000_000));
  });

  it("of a damaged ledger is that of its sound beginning, then the refusal, exit 65", async () => {
    const whole = (await transcript("--ndjson")).stdout.trimEnd().split("\n");
    const ledger = path.join(workspace, ".runledger/runs", id, "ledger.ndjson");
    const bytes = readFileSync(ledger);
    try {
      const damaged = Buffer.from(bytes);
      damaged.write("#", bytes.indexOf('"event":"run.paused"'));
      writeFileSync(ledger, damaged);
      const { status, stdout, stderr } = await transcript("--ndjson");
      const lines = stdout.trimEnd().split("\n");
      expect(status).toBe(65);
      expect(stderr).toContain("LEDGER_DAMAGED");
      expect(lines.length).toBeGreaterThan(3);
      expect(lines).toEqual(whole.slice(0, lines.length));
      const words = await transcript();
      expect({ status: words.status, some: words.stdout.includes("stdout | two") }).toEqual({ status: 65, some: true });
      const asJson = await transcript("--json");
      const { items, error } = JSON.parse(asJson.stdout);
      expect({ status: asJson.status, items: items.length }).toEqual({ status: 65, items: lines.length });
      expect(error).toMatchObject({ code: "LEDGER_DAMAGED", exit_status: 65 });
    } finally {
      writeFileSync(ledger, bytes);
    }
  });
});
