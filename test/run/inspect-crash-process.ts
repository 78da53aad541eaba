import { loadTask } from "../../src/flow/load-task.ts";
import { run } from "../../src/run/run.ts";

// Runs a task of a workspace, and kills itself once an entry is durable.
const [workspace = "", task = "", seq] = process.argv.slice(2);
const outcome = await run(await loadTask(task, { workspace }), {
  workspace,
  onEntry: (entry) => {
    if (entry.seq === Number(seq)) process.kill(process.pid, "SIGKILL");
  },
});
console.log(outcome.status, outcome.state.head.seq);
