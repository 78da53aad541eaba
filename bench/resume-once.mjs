// Resumes a run of finished steps, calls each of them again and leaves at once: what a script does that goes on with
// its work. Plain JavaScript, so that nothing but its start and the resume takes time.
import { defineTask, resume } from "runledger";

const [workspace, runId, steps = ""] = process.argv.slice(2);
const task = defineTask("bench", async ({ step }) => {
  for (let n = 0; n < Number(steps); n++) {
    await step("work", { inputs: { n } }, () => {
      throw new Error(`step ${n} was to be a hit`);
    });
  }
  process.exit(0);
});
await resume(task, { runId, workspace });
