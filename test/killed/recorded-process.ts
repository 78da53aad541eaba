// One life on the disk of this machine: `node recorded-process.ts LIFE JOURNAL`. What it has asked of the disk stands in
// the journal.
import fs from "node:fs";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import type { Change } from "./changes.ts";
import { liveRecorded, type RecordedLife } from "./recorded-life.ts";

const [life = "", journal = ""] = process.argv.slice(2);
const journalFile = fs.openSync(journal, "a");

await liveRecorded(JSON.parse(life) as RecordedLife, new SimulatedMachine(), {
  disk: () => nodeDisk,
  note: (change: Change) => {
    const bytes = "bytes" in change ? change.bytes.toString("base64") : undefined;
    fs.writeSync(journalFile, `${JSON.stringify({ ...change, bytes })}\n`);
  },
  kill: () => process.kill(process.pid, "SIGKILL"),
});
