// A function task as its author's program runs it, on the built library: `node function-process.mjs [RUN_ID]`.
import fs from "node:fs";
import { defineTask, resume, run } from "runledger";

const count = (step) => fs.appendFileSync(`counters/${step}`, "x");

const task = defineTask("invoice", async ({ step }) => {
  const built = await step("build", { inputs: { commit: "4f2c1d9" } }, () => {
    count("build");
    return { report: "x".repeat(20_000) };
  });
  const probe = async () => fs.existsSync("counters/pay") && fs.statSync("counters/pay").size > 0;
  await step("pay", { effect: "once", inputs: { size: built.report.length }, probe }, () => count("pay"));
});

const [runId] = process.argv.slice(2);
const outcome = await (runId === undefined ? run(task, { snapshot: false }) : resume(task, { runId }));
process.exitCode = outcome.exitStatus;
