import { artifactPlace } from "../../agent/artifact-path.ts";
import { type ExecResult, runExec } from "../../agent/exec.ts";
import { RunledgerError } from "../../errors.ts";
import { isObjectRef } from "../../objects/references.ts";
import { matchingFiles } from "../../snapshot/matching-files.ts";
import { itemsOfLines } from "../../task/item-lines.ts";
import { type FoundItem, type ItemProblem, itemProblems } from "../../task/items.ts";
import { isItemPlaceholder } from "../../task/placeholders.ts";
import { outputPathProblem } from "../../task/ready-step.ts";
import type { EnvValue, ResolvedStep } from "../../task/task.ts";
import { globProblem, pathProblem } from "../../task/workspace-path.ts";
import { childVariables } from "../command/child-variables.ts";
import { choiceVariables } from "../command/choice-variables.ts";
import type { StepContext } from "../command/step-context.ts";

/** What a `for_each` came to. */
export type Expansion =
  | { readonly kind: "items"; readonly items: string[] }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** We ended its command, because the run stops. */
  | { readonly kind: "stopped" };

interface Source {
  readonly items: readonly FoundItem[];
  readonly problems: readonly ItemProblem[];
}

const largestFileBytes = 256 * 1024 * 1024;

/** Makes the list of the items of `step`. Either all of them can be items, or it is refused and says which cannot. */
export async function expand(context: StepContext, step: ResolvedStep): Promise<Expansion> {
  try {
    const source = await sourceOf(context, step);
    if (source === "stopped") return { kind: "stopped" };
    const { items } = source;
    const noItems = [...source.problems, ...itemProblems(items)];
    const problems = noItems.length > 0 ? noItems : useProblems(context, step, items);
    if (problems.length === 0) return { kind: "items", items: items.map(({ value }) => value as string) };
    const sentences = problems.slice(0, mostShown).map(sentence);
    const more = problems.length - sentences.length;
    return refused([...sentences, ...(more > 0 ? [`… and ${more} more`] : [])].join("; "));
  } catch (error) {
    if (!(error instanceof RunledgerError)) throw error;
    return { kind: "refused", code: error.code, message: error.message };
  }
}

const mostShown = 10;
const longestSentence = 500;

/** Both may quote an item. */
function sentence({ place, says }: ItemProblem): string {
  const whole = `${place}: ${says}`;
  return whole.length <= longestSentence ? whole : `${whole.slice(0, longestSentence)}…`;
}

function refused(message: string): Expansion {
  return { kind: "refused", code: "ITEMS_INVALID", message };
}

function sourceOf(context: StepContext, step: ResolvedStep): Source | Promise<Source | "stopped"> {
  const { glob, list, file, command } = step.for_each ?? {};
  if (command !== undefined) return ofCommand(context, step, command as string | readonly string[]);
  if (file !== undefined) return ofFile(context, String(file));
  if (glob !== undefined) return ofGlob(context, [glob].flat() as string[]);
  const items = (list ?? []) as readonly string[];
  return { items: items.map((value, index) => ({ value, place: `for_each.list[${index}]` })), problems: [] };
}

function ofGlob({ run, workspace }: StepContext, globs: readonly string[]): Source {
  for (const glob of globs) {
    const expected = globProblem(glob);
    if (expected !== undefined) throw invalid(`for_each.glob: expected ${expected}, found ${JSON.stringify(glob)}`);
  }
  const { files, undecodable } = matchingFiles(run.world.disk, workspace, globs, [run.store]);
  const items = files.map((value) => ({ value, place: JSON.stringify(value) }));
  return { items, problems: undecodable.map((path) => ({ place: path, says: "the name is not UTF-8" })) };
}

/** Bound to an input, the path was not seen when the task was loaded. */
function ofFile({ run, workspace }: StepContext, relative: string): Source {
  const { disk } = run.world;
  const expected = pathProblem(relative);
  if (expected !== undefined) throw invalid(`for_each.file: expected ${expected}, found ${JSON.stringify(relative)}`);
  const place = artifactPlace(disk, workspace, relative);
  if (place.kind === "missing") throw invalid(`${relative} is not there`);
  if (place.kind === "refused") throw invalid(`${relative}: ${place.reason}`);
  const sizeBytes = disk.stat(place.file)?.sizeBytes ?? 0;
  if (sizeBytes > largestFileBytes) throw invalid(`${relative} has ${sizeBytes} bytes, more than ${largestFileBytes}`);
  const form = /\.(ndjson|jsonl)$/.test(relative) ? "ndjson" : "lines";
  return itemsOfLines(disk.readFile(place.file), relative, form);
}

async function ofCommand(
  context: StepContext,
  step: ResolvedStep,
  command: string | readonly string[],
): Promise<Source | "stopped"> {
  const { run, policy, secrets, workspace } = context;
  const { processes, clock } = run.world;
  const outcome = await runExec({
    processes,
    clock,
    secrets,
    objects: run.objects,
    run: command,
    cwd: workspace,
    env: childVariables(
      context,
      step.id,
      { ...withoutItem(step.env), ...choiceVariables(context, step) },
      { command: { step: step.id, key: "", attempt: 1 } },
    ),
    graceMs: policy.graceMs,
    signal: policy.stop,
    killSignal: policy.kill,
  });
  if (outcome.kind === "stopped") return "stopped";
  if (outcome.kind !== "exited")
    throw invalid(`for_each.command: ${"message" in outcome ? outcome.message : outcome.kind}`);
  const { exit_code: exitCode, signal, stdout } = outcome.result;
  if (exitCode !== 0)
    throw invalid(`for_each.command ended ${signal === null ? `with status ${exitCode}` : `by ${signal}`}`);
  return itemsOfLines(printed(context, stdout), "for_each.command", "lines");
}

/** The variables that have a value before there is an item. */
function withoutItem(env: Readonly<Record<string, EnvValue>>): Record<string, EnvValue> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => !isItemPlaceholder(value)));
}

function printed({ run }: StepContext, stdout: ExecResult["stdout"]): Uint8Array {
  return isObjectRef(stdout) ? run.objects.get(stdout) : Buffer.from(stdout);
}

/** Items that the step cannot do: those that hold a secret, which would be recorded, or make a path that is none. */
function useProblems({ secrets }: StepContext, step: ResolvedStep, items: readonly FoundItem[]): ItemProblem[] {
  return items.flatMap(({ value, place }) => {
    const secret = secrets.secretIn(value);
    const output = step.expected_outputs.length === 0 ? undefined : outputPathProblem(step, String(value));
    return [
      ...(secret === undefined ? [] : [{ place, says: `the item contains the value of ${secret}` }]),
      ...(output === undefined ? [] : [{ place, says: output }]),
    ];
  });
}

function invalid(message: string): RunledgerError {
  return new RunledgerError("ITEMS_INVALID", message);
}
