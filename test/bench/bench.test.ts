import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bench, beside, type Figure, figure, growth, type Row } from "../../bench/row.ts";
import { rows } from "../../bench/rows.ts";
import { median, percentile, spreadOf } from "../../bench/statistics.ts";
import { table } from "../../bench/table.ts";
import { repository } from "../source/source-files.ts";

const program = path.join(repository, "bench/bench.ts");

let directory = "";
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "runledger-bench-"));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

function bench(...words: string[]) {
  return spawnSync(process.execPath, [program, "--directory", directory, ...words], { encoding: "utf8" });
}

/** Each value once, in turn. */
function measured(...values: number[]) {
  const left = values.values();
  return () => Promise.resolve(left.next().value ?? Number.NaN);
}

const threeRounds = { rounds: 3 } as Bench;

describe("the statistics", () => {
  it("are medians, percentiles and spreads of the values, in whatever order they come", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7]);
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([5], 0.99)]).toEqual([51, 100, 5]);
    expect(spreadOf([2, 9, 4])).toEqual({ median: 4, least: 2, most: 9 });
  });
});

describe("what is measured beside a limit", () => {
  it("is judged by the median of the ratios of the rounds, not by the ratio of the medians", async () => {
    const [limit, side] = await beside(threeRounds, {
      unit: "ms",
      limit: { what: "limit", measure: measured(10, 100, 20) },
      sides: [{ what: "side", goal: { atMost: 1.5 }, measure: measured(12, 110, 60) }],
    });
    expect(limit).toEqual({ what: "limit", value: 20, unit: "ms" });
    expect(side).toMatchObject({ value: 60, limit: 20, ratio: { median: 1.2, least: 1.1, most: 3 }, met: true });
  });

  it("misses its goal when it is above the most, or below the least; without a goal it is not judged", () => {
    const met = [{ atMost: 2 }, { atMost: 1 }, { atLeast: 2 }, { atLeast: 1 }].map(
      (goal) => figure("", 1.5, "×", goal).met,
    );
    expect([...met, figure("", 1.5, "×").met]).toEqual([true, false, false, true, undefined]);
  });

  it("grows by what one costs at the largest size beside the smallest", () => {
    const costs = [10, 12, 16].map((cost, power) => ({ size: 1000 * 10 ** power, cost }));
    expect(growth("an item", "µs", costs).at(-1)).toMatchObject({ what: "an item: growth", value: 1.6, met: false });
  });
});

describe("the table", () => {
  it("has a line for each figure, its columns as wide as their widest cell", () => {
    const ratio = { median: 0.7123, least: 0.5, most: 1234.5 };
    const figures: Figure[] = [
      { what: "a loop", value: 6400.4, unit: "steps/s" },
      { what: "steps", value: 4558, unit: "steps/s", limit: 6400, ratio, goal: { atLeast: 0.65 }, met: true },
      figure("bytes", 901, "bytes", { atMost: 900 }),
    ];
    expect(table({ name: "steps", title: "steps a second" } as Row, figures)).toMatchInlineSnapshot(`
      "
      steps: steps a second

        what           median  limit  ratio   least–most    goal  met
        a loop  6,400 steps/s
        steps   4,558 steps/s  6,400  0.712  0.500–1,235  ≥ 0.65  yes
        bytes       901 bytes                              ≤ 900   NO
      "
    `);
  });
});

describe("npm run bench", () => {
  it("lists its rows, each of a name of its own", () => {
    const { status, stdout } = bench("--list");
    const names = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(":")[0]);
    expect({ status, names }).toEqual({ status: 0, names: rows.map(({ name }) => name) });
    expect(new Set(names).size).toBe(names.length);
  });

  it("refuses what it does not understand with status 2, and measures nothing", () => {
    const refusals = [
      [["--only", "nonsense"], 'No row is called "nonsense"; --list says how they are called.'],
      [["--rounds", "0"], "--rounds is 0, expected 1 or more."],
      [["--rounds", "many"], "--rounds is many, expected 1 or more."],
      [["--directory", path.join(directory, "not/there")], "ENOENT"],
      [["--directory", program], "is no directory."],
      [["--fast"], "Unknown option '--fast'"],
    ] as const;
    for (const [words, sentence] of refusals) {
      const { status, stdout, stderr } = bench(...words);
      expect({ status, stdout }, sentence).toEqual({ status: 2, stdout: "" });
      expect(stderr).toContain(sentence);
      expect(stderr).toContain("npm run bench -- --help");
    }
  });

  it("measures a row and leaves nothing behind", () => {
    const { status, stdout } = bench("--only", "bytes", "--quick", "--rounds", "1", "--json");
    const report = JSON.parse(stdout) as { rounds: number; rows: { name: string; figures: Figure[] }[] };
    expect({ status, rounds: report.rounds, names: report.rows.map(({ name }) => name) }).toEqual({
      ...{ status: 0, rounds: 1 },
      names: ["bytes"],
    });
    const goals = report.rows[0]?.figures.filter(({ goal }) => goal !== undefined);
    expect(goals?.map(({ what, met }) => [what, met])).toEqual([
      ["function step", true],
      ["plain command step", true],
      ["agent step", true],
    ]);
    expect(fs.readdirSync(directory)).toEqual([]);
  });
});
