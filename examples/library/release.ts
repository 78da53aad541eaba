import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { defineTask, resume, run } from "runledger";

const release = defineTask<{ commit: string }, string>("release", async ({ input, step }) => {
  const built = await step("build", { inputs: { commit: input.commit } }, () => build(input.commit));
  await step("publish", { inputs: { built }, effect: "once" }, ({ key }) => publish(built, key));
  return built.file;
});

const [runId] = process.argv.slice(2);
const { status, output, state } =
  runId === undefined ? await run(release, { input: { commit: "4f2c1d9" } }) : await resume(release, { runId });
console.log(JSON.stringify({ runId: state.run_id, status, output, steps: state.steps.map(({ outcome }) => outcome) }));

function build(commit: string) {
  mkdirSync("dist", { recursive: true });
  writeFileSync("dist/site.html", `<p>built from ${commit}</p>\n`);
  return { file: "dist/site.html" };
}

/** Where this goes to a server, the server gets the key as well: it is the same on every attempt. */
function publish({ file }: { file: string }, key: string) {
  appendFileSync("published.txt", `${file} ${key}\n`);
}
