// A program whose second step eats memory until it dies, unless counters/lifted is there: `node hungry-process.mjs [RUN_ID]`.
import fs from "node:fs";
import { defineTask, resume, run } from "runledger";

const task = defineTask("hungry", async ({ step }) => {
  const probe = async () => fs.existsSync("counters/pay");
  await step("pay", { effect: "once", probe }, () => fs.appendFileSync("counters/pay", "x"));
  await step("eat", () => {
    const eaten = [];
    while (!fs.existsSync("counters/lifted")) eaten.push(Array.from({ length: 100_000 }, () => ({})));
    return eaten.length;
  });
});

const [runId] = process.argv.slice(2);
const outcome = await (runId === undefined ? run(task, { snapshot: false }) : resume(task, { runId }));
process.exitCode = outcome.exitStatus;
