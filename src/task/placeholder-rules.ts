import path from "node:path";
import type { PathPart } from "../idempotency/json-path.ts";
import { isInputPlaceholder, isItemPlaceholder } from "./placeholders.ts";
import type { Problem } from "./problem.ts";
import type { TaskFile, TaskFileInput, TaskFileStep } from "./task-schema.ts";

type Path = readonly PathPart[];
type Inputs = Readonly<Record<string, TaskFileInput>>;

/** Placeholders of a step that stand for nothing, or stand where they would become a part of a line for a shell. */
export function placeholderProblems(step: TaskFileStep, at: Path, inputs: Inputs): Problem[] {
  const { run, probe, env, for_each: forEach, inputs: given } = step;
  const commands: [string[], unknown][] = [
    [["run"], run],
    [["probe"], probe],
    [["for_each", "command"], forEach?.command],
  ];
  return [
    ...commands.flatMap(([names, command]) => commandProblems(command, [...at, ...names], step, inputs)),
    ...inputUses({ run, probe, env }, at, inputs, "text"),
    ...inputUses(forEach?.command, [...at, "for_each", "command"], inputs, "text"),
    ...inputUses([forEach?.glob, forEach?.file], [...at, "for_each"], inputs, "text"),
    ...inputUses(forEach?.list, [...at, "for_each", "list"], inputs, "list"),
    ...inputUses(given, [...at, "inputs"], inputs, "any"),
    ...(forEach === undefined ? itemUses({ run, probe, env, inputs: given }, at) : itemUses(forEach, at)),
  ];
}

/** An agent serves all steps, so no item belongs into its command. */
export function agentPlaceholderProblems(agents: TaskFile["agents"], inputs: Inputs): Problem[] {
  return [...inputUses(agents, ["agents"], inputs, "text"), ...itemUses(agents, ["agents"])];
}

function commandProblems(command: unknown, at: Path, step: TaskFileStep, inputs: Inputs): Problem[] {
  if (typeof command === "string") return lineProblems(command, at, step, inputs);
  if (!Array.isArray(command)) return [];
  return [...shellArgument(command, at), ...(step.for_each === undefined ? [] : insideArguments(command, at))];
}

/** Hostile: what a file is called, or what somebody types, would be read as a command. */
function lineProblems(line: string, at: Path, { for_each: forEach }: TaskFileStep, inputs: Inputs): Problem[] {
  if (forEach !== undefined && /\{\{?\s*item\s*\}|\{\s*"?\$item\b/.test(line)) {
    const says = 'an item is never put into a line for a shell; write "$RUNLEDGER_ITEM" in its place, with the quotes';
    return [{ path: at, says }];
  }
  if (Object.keys(inputs).length === 0 || !/\{\{?\s*inputs?\s*[.:]|\{\s*"?\$input\b/.test(line)) return [];
  const says =
    'an input is never put into a line for a shell; write env: { NAME: { $input: … } } beside it, and "$NAME" in its place';
  return [{ path: at, says }];
}

const shells = ["sh", "bash", "dash", "zsh", "ksh", "ash", "fish"];

/** `sh -c` reads the argument behind it as a line. */
function shellArgument(command: readonly unknown[], at: Path): Problem[] {
  if (!command.some((word) => typeof word === "string" && shells.includes(path.basename(word)))) return [];
  return command.flatMap((word, index): Problem[] => {
    const before = command[index - 1];
    const isLine = typeof before === "string" && /^-[a-z]*c$/.test(before);
    if (!isLine || !(isItemPlaceholder(word) || isInputPlaceholder(word))) return [];
    return [{ path: [...at, index], says: 'a shell would read it as commands; give it behind the line, as "$1"' }];
  });
}

function insideArguments(command: readonly unknown[], at: Path): Problem[] {
  return command.flatMap((word, index): Problem[] =>
    typeof word === "string" && word.includes("{item}")
      ? [{ path: [...at, index], says: "an item is a whole argument; write { $item: true } as one of its own" }]
      : [],
  );
}

function itemUses(value: unknown, at: Path): Problem[] {
  return places(value, at)
    .filter(({ value: each }) => isItemPlaceholder(each))
    .map(({ path: place }) => ({
      path: place,
      says: "there is no item here: only what a step with `for_each` does has one",
    }));
}

function inputUses(value: unknown, at: Path, inputs: Inputs, wanted: "text" | "list" | "any"): Problem[] {
  return places(value, at).flatMap(({ value: each, path: place }): Problem[] => {
    if (!isInputPlaceholder(each)) return [];
    const name = each.$input;
    const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (input === undefined) {
      const says = `\`inputs\` of the task has no ${JSON.stringify(name)}`;
      return [{ path: place, says, spelling: { word: name, known: Object.keys(inputs) } }];
    }
    const fits = wanted === "any" || (wanted === "list") === (input.type === "list");
    return fits ? [] : [{ path: place, says: `expected an input of type ${wanted}, found one of type ${input.type}` }];
  });
}

/** `value` and all that is in it, with where it stands. */
function places(value: unknown, at: Path): { value: unknown; path: Path }[] {
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.entries(value).flatMap(([name, member]) =>
    places(member, [...at, Array.isArray(value) ? Number(name) : name]),
  );
  return [{ value, path: at }, ...inside];
}
