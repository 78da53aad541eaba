import path from "node:path";
import { storeLayout } from "../../src/durable/layout.ts";
import { sha256 } from "../../src/idempotency/digest.ts";
import type { RunOutcome } from "../../src/run/session/outcome.ts";
import { checkRun } from "../../src/run/verify/check-run.ts";
import { replay } from "../../src/runstate/replay.ts";
import type { RunStateDocument } from "../../src/runstate/state-schema.ts";
import { type DiskImage, directoryOf, lookUp, walkFiles } from "../simulated/disk-image.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import type { DrawnStep, DrawnTask } from "./drawn-task.ts";
import { contentBy, outputOf } from "./drawn-world.ts";
import { readablePart } from "./readable-part.ts";
import { contentOf, type NormalForm, normalReceipt, normalStep, stillVolatile } from "./run-judgement.ts";
import { store, workspace } from "./run-scenarios.ts";
import { Story, type Verb } from "./seeded-story.ts";
import { mend } from "./story-inspection.ts";

/** Lets faultless processes (`doctor`, too, of some) finish what a story has begun. What is wrong with it then, and with all that led there. */
export async function finishAndJudge(story: Story): Promise<readonly string[]> {
  const expected = await undisturbed(story.task);
  const heads: { runId: string; hash: string }[] = [];
  const problems: string[] = [];
  if (story.isMended) problems.push(...(await mend(story.machine)));
  for (const verb of lastWords(story)) {
    const { state, outcome, text } = await finish(story, verb);
    if (state === undefined) {
      problems.push(`the faultless ${verb.verb} ${text}`);
      continue;
    }
    heads.push({ runId: state.run_id, hash: state.head.hash });
    if (outcome === undefined) continue;
    const form = JSON.stringify(formOf(story, outcome));
    if (form !== expected) problems.push(`${state.run_id} ends otherwise: ${form}, expected ${expected}`);
    problems.push(...judgeOnce(story, state));
  }
  return [
    ...story.world.problems,
    ...problems,
    ...judgeOutputs(story),
    ...judgeRuns(story),
    ...judgeMachine(story, heads),
  ];
}

/** Every run is finished, or shown to be; where there is none, or less than one, it is started again. */
function* lastWords(story: Story): Generator<Verb> {
  const ledgers = [...ledgersOf(story.machine.image)];
  const begun = ledgers.map(([runId, bytes]) => ({ runId, ...readablePart(bytes) }));
  const runs = begun.filter(({ entries }) => entries.length > 0);
  for (const { runId, entries } of runs) {
    yield { verb: replay(entries).status === "aborted" ? "abort" : "resume", runId };
  }
  if (runs.length === 0 || runs.length < begun.length) yield { verb: "run" };
}

async function finish(story: Story, verb: Verb) {
  const [told] = await story.live([verb], () => []);
  const ended = told?.ended;
  const value = ended?.kind === "done" ? ended.value : undefined;
  const text = story.lines.at(-1) ?? "";
  if (value !== undefined && "runId" in value) return { state: value.state, outcome: value, text };
  return { state: value, outcome: undefined, text };
}

const forms = new Map<string, string>();

/** The normal form of a run of `task` to which nothing happens. */
async function undisturbed(task: DrawnTask): Promise<string> {
  const key = JSON.stringify(task);
  const known = forms.get(key);
  if (known !== undefined) return known;
  const story = new Story(0, task);
  const { outcome, text } = await finish(story, { verb: "run" });
  if (outcome === undefined) throw new Error(`an undisturbed run ${text}: ${key}`);
  const form = JSON.stringify(formOf(story, outcome));
  forms.set(key, form);
  return form;
}

/** As of any run (see {@link NormalForm}), without outputs; of several receipts of a step the last one counts. */
function formOf(story: Story, { runId, state, status, output }: RunOutcome): NormalForm {
  const disk = story.machine.outside;
  const directory = storeLayout(store).run(runId).receiptsOf(state.task_id);
  const texts = disk.list(directory).flatMap(({ name }) => {
    const text = Buffer.from(disk.readFile(path.join(directory, name))).toString();
    return name.endsWith(".ndjson") ? text.split("\n").filter((line) => line !== "") : [text];
  });
  const receipts = texts.map((text) => JSON.parse(text) as { step: string; n: number }).sort((a, b) => a.n - b.n);
  const last = new Map(receipts.map((receipt) => [receipt.step, normalReceipt({ ...receipt })]));
  return {
    status,
    output: sha256(JSON.stringify(output ?? null)),
    steps: state.steps.map(normalStep).sort(),
    receipts: [...last.values()].sort(),
  };
}

/** A step that is `once` was done at most once, and once if it has succeeded. One that was done has succeeded in the end. */
function* judgeOnce({ task, world }: Story, { run_id, steps }: RunStateDocument): Generator<string> {
  for (const { id, effect } of task.steps) {
    const count = world.timesDone(run_id, id);
    const completed = steps.some(({ step, status }) => step === id && status === "completed");
    if (effect === "once" && count > 1) yield `${id} was done ${count} times`;
    if (completed && count === 0) yield `${id} has completed and was never done`;
    if (!completed && count > 0) yield `${id} was done and has not completed`;
  }
}

/** All runs of a story write the same files: once all are finished, they hold what the last success has left there. */
function* judgeOutputs({ task, world, machine }: Story): Generator<string> {
  for (const step of task.steps) {
    const content = contentOf(machine.image, outputPath(step)).toString();
    const expected = { none: "", promised: contentBy(step), "in doubt": content }[world.outputState(step.id)];
    if (content !== expected) yield `${outputOf(step)} holds ${JSON.stringify(content)}`;
  }
}

function outputPath(step: DrawnStep): string {
  return path.join(workspace, outputOf(step));
}

function* judgeRuns({ world, machine, task }: Story): Generator<string> {
  const inDoubt = task.steps.filter(({ id }) => world.outputState(id) === "in doubt").map(outputPath);
  for (const [runId, acknowledged] of world.acknowledged) {
    const { entries } = readablePart(contentOf(machine.image, storeLayout(store).run(runId).ledger));
    const lost = [...acknowledged].filter(([seq, hash]) => entries[seq - 1]?.hash !== hash);
    if (lost.length > 0) yield `acknowledged entries of ${runId} are lost: ${lost.map(([seq]) => seq).join()}`;
    const { world: reader } = new SimulatedMachine(machine.image).start(9);
    const { faults } = checkRun({ world: reader, workspace, store, runId, artifacts: true });
    for (const fault of faults) if (!inDoubt.includes(fault.file)) yield `verify: ${JSON.stringify(fault)}`;
  }
}

function* judgeMachine(
  { machine, task, world }: Story,
  heads: readonly { runId: string; hash: string }[],
): Generator<string> {
  const paths = [...walkFiles(machine.image, store)].map(([file]) => file);
  const layout = storeLayout(store);
  const temporaries = paths.filter((file) => file.endsWith(".tmp") && !file.startsWith(layout.backups));
  if (temporaries.length > 0) yield `temporaries are left: ${temporaries.join(", ")}`;
  const volatile = stillVolatile(
    machine.image,
    heads.map(({ runId, hash }) => ({ run: layout.run(runId), hash })),
  );
  const promised = task.steps.filter(({ id }) => world.outputState(id) === "promised").map(outputOf);
  const ledgers = [...ledgersOf(machine.image).values()].map((ledger) => ledger.toString("latin1"));
  // What is put before the entry that was to name it, by a process that died, means nothing to anybody.
  const isNamed = (object: string) => ledgers.some((ledger) => ledger.includes(`sha256:${object}`));
  const counting = volatile.filter((file) => {
    if (!file.startsWith(store)) return promised.some((each) => file.includes(each));
    const object = /\/objects\/sha256\/(..)\/([0-9a-f]{62})/.exec(file);
    return object === null ? !file.includes("/agents/") : isNamed(`${object[1]}${object[2]}`);
  });
  if (counting.length > 0) yield `still volatile: ${counting.join(", ")}`;
  if (machine.processes.programs.length > 0) yield `programs are left: ${machine.processes.programs.join(", ")}`;
}

/** Whatever could be read of a ledger before a process worked on it is its beginning afterwards. */
export function* keptPrefix(before: DiskImage, after: DiskImage): Generator<string> {
  for (const [runId, was] of ledgersOf(before)) {
    const { lengthBytes } = readablePart(was);
    const is = contentOf(after, storeLayout(store).run(runId).ledger);
    if (lengthBytes === 0 || Buffer.compare(was.subarray(0, lengthBytes), is.subarray(0, lengthBytes)) === 0) continue;
    yield `what could be read of ${runId} is no longer its beginning`;
  }
}

/** run id → its ledger, oldest first; also of folders that are no runs. */
export function ledgersOf(image: DiskImage): Map<string, Buffer> {
  const layout = storeLayout(store);
  const folders = lookUp(image, layout.runs);
  const names = typeof folders === "number" ? [...directoryOf(image, folders).entries.keys()].sort() : [];
  return new Map(names.map((name) => [name, contentOf(image, layout.run(name).ledger)]));
}
