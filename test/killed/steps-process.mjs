// A function task of so many steps, each waiting for the one before: `node steps-process.mjs STEPS`.
import { defineTask, run } from "runledger";

const [steps] = process.argv.slice(2);
const task = defineTask("steps", async ({ step }) => {
  for (let n = 0; n < Number(steps); n++) await step("work", { inputs: { n } }, () => n);
});
await run(task, { snapshot: false });
