import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { bytesIn } from "../bytes-in.ts";
import { type GivenRun, givenRun } from "../given-run.ts";
import type { PeerInput } from "../peers/peer-input.ts";
import { type Bench, beside, type Figure, figure, type Measures, type Row } from "../row.ts";
import { appendLoop, perSecond, stepRate } from "./steps.ts";

interface Peer {
  readonly name: string;
  /** What a commit means in it: `PeerInput.synchronous`. */
  readonly settings: "FULL" | "FULL, as shipped" | "NORMAL, as shipped: lost with the power";
  /** Of `peers/samples`. */
  readonly sample: string;
  /** Whether a resume calls the finished steps again. */
  readonly callsAgain?: boolean;
}

const normal = "NORMAL, as shipped: lost with the power";

const peers: readonly Peer[] = [
  { name: "openworkflow", settings: "FULL, as shipped", sample: "openworkflow", callsAgain: true },
  { name: "LangGraph tasks", settings: "FULL", sample: "langgraph-tasks", callsAgain: true },
  { name: "LangGraph tasks", settings: normal, sample: "langgraph-tasks" },
  { name: "LangGraph nodes", settings: "FULL", sample: "langgraph-nodes" },
  { name: "LangGraph nodes", settings: normal, sample: "langgraph-nodes" },
  { name: "better-sqlite3, a row a step", settings: "FULL", sample: "better-sqlite3" },
  { name: "node:sqlite, a row a step", settings: "FULL", sample: "node-sqlite" },
];

const finishedSteps = 1000;

/** What a peer left behind that did `finishedSteps` steps and ended. */
interface Left {
  readonly peer: Peer;
  readonly input: PeerInput;
  readonly measures: Measures;
}

export const peersRow: Row = {
  name: "peers",
  title: "runledger beside others that need no server (results of 200 bytes)",
  measure: async (bench) => {
    const installed = existsSync(new URL("../peers/node_modules", import.meta.url));
    if (!installed) bench.say("The peers are not installed, runledger is measured alone: npm ci --prefix bench/peers");
    const present = installed ? peers : [];
    const given = await givenRun(bench, finishedSteps);
    const left: Left[] = [];
    for (const peer of present.filter(({ settings }) => settings !== normal)) left.push(await leave(bench, peer));
    return [
      ...(await rates(bench, present)),
      ...(await resumes(bench, left, given)),
      figure("runledger: bytes a step, ledger", statSync(given.ledger).size / finishedSteps, "bytes"),
      figure("… all files of the store", bytesIn(path.join(given.workspace, ".runledger")) / finishedSteps, "bytes"),
      ...left.flatMap(sizesOf),
    ];
  },
};

async function leave(bench: Bench, peer: Peer): Promise<Left> {
  const input = inputOf(bench, peer, { steps: finishedSteps, warmUp: 0 });
  return { peer, input, measures: await bench.sample(pathOf(peer), input) };
}

function rates(bench: Bench, present: readonly Peer[]): Promise<Figure[]> {
  const steps = bench.quick ? 300 : 800;
  const rateOf = async (peer: Peer) => {
    const { ms } = await bench.sample(pathOf(peer), inputOf(bench, peer, { steps, warmUp: 200 }));
    return perSecond(steps, ms);
  };
  const sides = present.map((peer) => ({
    what: `${peer.name} (${peer.settings})`,
    measure: () => rateOf(peer),
  }));
  return beside(bench, {
    unit: "steps/s",
    limit: appendLoop(bench),
    sides: [{ what: "runledger", measure: stepRate(bench, 1) }, ...sides],
  });
}

/** Here runledger is what the others are measured beside: each has a format of its own to read. */
function resumes(bench: Bench, left: readonly Left[], given: GivenRun): Promise<Figure[]> {
  const msOf = async (sample: string, input: object) => (await bench.sample(sample, input))["ms"] ?? Number.NaN;
  const sides = left
    .filter(({ peer }) => peer.callsAgain)
    .map(({ peer, input }) => ({
      what: `${peer.name}: the same`,
      measure: () => msOf(pathOf(peer), { ...input, resumed: true }),
    }));
  return beside(bench, {
    unit: "ms",
    limit: {
      what: `runledger: resume and call ${finishedSteps.toLocaleString("en")} finished steps again`,
      measure: () => msOf("resume", { ...given, callAgain: true }),
    },
    sides,
  });
}

function sizesOf({ peer, measures }: Left): Figure[] {
  const { bytes = Number.NaN, bytesClosed = Number.NaN } = measures;
  return [
    figure(`${peer.name}: bytes a step, database and WAL`, bytes / finishedSteps, "bytes"),
    figure("… once it is closed", bytesClosed / finishedSteps, "bytes"),
  ];
}

function pathOf({ sample }: Peer): string {
  return `../peers/samples/${sample}`;
}

function inputOf(bench: Bench, { settings }: Peer, count: Pick<PeerInput, "steps" | "warmUp">): PeerInput {
  return { directory: bench.directory(), synchronous: settings === normal ? 1 : 2, ...count };
}
