import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { makeTree } from "../file-tree.ts";
import { type Bench, beside, type Figure, figure, growth, type Measured, type Row, type Side } from "../row.ts";
import { median } from "../statistics.ts";

/** A workspace with `files` files, and a store beside it, empty at first. */
interface Tree {
  readonly files: number;
  readonly workspace: string;
  readonly store: string;
}

/** "Cold" is without a cache of ours; the pages of all files are in memory, for both sides. */
export const snapshot: Row = {
  name: "snapshot",
  title: "snapshot of 50,000 files of 8,100 bytes (--quick: 5,000), by function",
  measure: async (bench) => {
    const tree = newTree(bench, bench.quick ? 5000 : 50_000);
    const hashing = await beside(bench, {
      unit: "ms",
      limit: {
        what: "two threads, started before, that read and hash them",
        measure: timeOf(bench, "hash-files", tree),
      },
      sides: [{ what: "no cache", goal: { atMost: 1.5 }, measure: timeOf(bench, "snapshot", tree) }],
    });
    const git = await gitPeers(bench, tree);
    await bench.sample("snapshot-cache", tree);
    const looking = await beside(bench, {
      unit: "ms",
      limit: lookAtAll(bench, tree),
      sides: [
        { what: "nothing changed", goal: { atMost: 2.2 }, measure: timeOf(bench, "snapshot", tree) },
        { what: "lstat of every file, by Node", measure: timeOf(bench, "lstat-files", tree) },
        ...git.sides,
      ],
    });
    return [...hashing, ...git.figures, ...looking];
  },
};

export const snapshotGrowth: Row = {
  name: "snapshot-growth",
  title: "snapshot by number of files of 8,100 bytes",
  measure: async (bench) => {
    const sizes = bench.quick ? [1000, 2500, 5000] : [1000, 10_000, 50_000, 200_000];
    const costs: Cost[] = [];
    for (const files of sizes) costs.push(await costOf(bench, newTree(bench, files)));
    // The smallest shows what a capture costs at all, so growth begins after it.
    const grown = costs.slice(1);
    const [smallest] = costs;
    return [
      figure("no cache, 1,000", smallest?.cold ?? Number.NaN, "µs/file"),
      ...growth("no cache", "µs/file", costsBy(grown, "cold")),
      figure("nothing changed, 1,000", smallest?.unchanged ?? Number.NaN, "µs/file"),
      ...growth("nothing changed", "µs/file", costsBy(grown, "unchanged")),
      ...costs.map(({ files, megabytes }) =>
        figure(`peak memory of the process, ${files.toLocaleString("en")}`, megabytes, "MB"),
      ),
    ];
  },
};

export const largeFile: Row = {
  name: "large-file",
  title: "snapshot of one file of 2 GiB (--quick: 256 MiB)",
  measure: async (bench) => {
    const [workspace, store] = [bench.directory(), bench.directory()];
    const file = path.join(workspace, "large");
    const descriptor = openSync(file, "w");
    // A hole: its pages are read and hashed like any others, and nothing has to be written.
    ftruncateSync(descriptor, bench.quick ? 2 ** 28 : 2 ** 31);
    closeSync(descriptor);
    const megabytes: number[] = [];
    const figures = await beside(bench, {
      unit: "ms",
      limit: { what: "a loop that reads and hashes it", measure: timeOf(bench, "hash-one-file", { file }) },
      sides: [{ what: "snapshot", measure: timeOf(bench, "snapshot", { workspace, store }, megabytes) }],
    });
    return [...figures, figure("peak memory of the process", median(megabytes), "MB")];
  },
};

function newTree(bench: Bench, files: number): Tree {
  const [workspace, store] = [bench.directory(), bench.directory()];
  bench.say(`writing ${files.toLocaleString("en")} files`);
  makeTree(workspace, files);
  return { files, workspace, store };
}

/** Milliseconds of a sample; its peak memory is added to `megabytes`. */
function timeOf(bench: Bench, sample: string, input: object, megabytes: number[] = []): Measured {
  return async () => {
    const { ms = Number.NaN, rssMegabytes = Number.NaN } = await bench.sample(sample, input);
    megabytes.push(rssMegabytes);
    return ms;
  };
}

/** In C where there is a compiler. */
function lookAtAll(bench: Bench, tree: Tree): Side {
  const program = path.join(bench.directory(), "lstat-loop");
  try {
    execFileSync("cc", ["-O2", "-o", program, fileURLToPath(new URL("../lstat-loop.c", import.meta.url))]);
  } catch {
    return { what: "lstat of every file, by Node", measure: timeOf(bench, "lstat-files", tree) };
  }
  return { what: "lstat of every file, in C", measure: timeOf(bench, "lstat-files", { ...tree, program }) };
}

/** `git add` once, for it takes long; `git status` by turns with the rest. Nothing where there is no git. */
async function gitPeers(bench: Bench, { workspace }: Tree): Promise<{ figures: Figure[]; sides: Side[] }> {
  const repository = bench.directory();
  const git = (...args: string[]) => timeOf(bench, "git", { repository, workspace, args });
  try {
    execFileSync("git", ["init", "--quiet", "--bare", repository]);
  } catch {
    return { figures: [], sides: [] };
  }
  const figures = [figure("git add, once", await git("add", "--all")(), "ms")];
  return { figures, sides: [{ what: "git status", measure: git("status", "--porcelain") }] };
}

interface Cost {
  readonly files: number;
  /** Microseconds a file. */
  readonly cold: number;
  readonly unchanged: number;
  readonly megabytes: number;
}

async function costOf(bench: Bench, tree: Tree): Promise<Cost> {
  const megabytes: number[] = [];
  const perFile = async () => {
    const times: number[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      times.push(await timeOf(bench, "snapshot", tree, megabytes)());
    }
    return (median(times) / tree.files) * 1000;
  };
  const cold = await perFile();
  await bench.sample("snapshot-cache", tree);
  return { files: tree.files, cold, unchanged: await perFile(), megabytes: Math.max(...megabytes) };
}

function costsBy(costs: readonly Cost[], which: "cold" | "unchanged"): { size: number; cost: number }[] {
  return costs.map((each) => ({ size: each.files, cost: each[which] }));
}
