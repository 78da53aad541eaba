import type { Command, Commands } from "./command.ts";
import type { Option } from "./option.ts";

/** The help of a command, or of the program. `USAGE` if there is no such command. */
export async function help(commands: Commands, name: string | undefined): Promise<string> {
  if (name === undefined || name === "help") return programHelp(commands);
  return commandHelp(await commands.load(name));
}

async function programHelp({ names, load }: Commands): Promise<string> {
  const commands = await Promise.all(names.map(load));
  const lines = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    "runledger: runs tasks so that they survive kill -9, and never does a finished step twice",
    section("Usage", ["runledger <command> [options]", "runledger help <command>", "runledger --version"]),
    section("Commands", columns(lines)),
    section("Examples", [
      "runledger run --task tasks/release.yaml",
      "runledger status",
      "runledger resume --run run-20261121-070000-0a1b2c3d",
    ]),
    section("Exit statuses", exitStatuses),
  ].join("\n\n");
}

const exitStatuses = columns([
  ["0", "completed"],
  ["1", "finished with failed steps, or aborted"],
  ["2", "wrong usage or task"],
  ["3", "verify found a fault"],
  ["4", "somebody has to decide: decisions, steps in doubt, drift, several matching runs"],
  ["5", "another live process owns the run"],
  ["65", "the ledger is damaged"],
  ["66", "no such run, task, step or file"],
  ["70", "a bug in runledger"],
  ["73, 74, 75", "cannot create, could not read or write, try later"],
  ["77, 78", "no permission; configuration, newer format or unsupported system"],
  ["130, 143", "interrupted by SIGINT, by SIGTERM"],
]);

function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(
    ([name, option]) => [spelled(name, option), said(option)] as const,
  );
  return [
    `runledger ${command.name}: ${command.summary}`,
    section("Usage", [usage(command)]),
    section("Options", columns([...options, ["--help", "print this help"]])),
    ...(command.notes ?? []),
    section("Examples", command.examples),
  ].join("\n\n");
}

function usage({ name, options, word }: Command): string {
  const required = Object.entries(options).filter(([, option]) => option.required);
  const words = required.map(([option, { value }]) =>
    option === word ? `[--${option}] ${value}` : `--${option} ${value}`,
  );
  return ["runledger", name, ...words, "[options]"].join(" ");
}

function spelled(name: string, { value }: Option): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function said({ says, otherwise, required, repeatable }: Option): string {
  const notes = [
    ...(required ? ["required"] : []),
    ...(repeatable ? ["may be repeated"] : []),
    ...(otherwise === undefined ? [] : [`default: ${otherwise}`]),
  ];
  return notes.length === 0 ? says : `${says} (${notes.join("; ")})`;
}

function section(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}
