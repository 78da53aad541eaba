import path from "node:path";
import { parseArgs } from "node:util";
import { ensureDirectory, inDirectories } from "./directories.ts";
import { machine } from "./machine.ts";
import type { Bench, Figure, Row } from "./row.ts";
import { rows } from "./rows.ts";
import { runSample } from "./sampling.ts";
import { table } from "./table.ts";

const help = `Measures runledger beside its limits, both by turns in one run, and shows which goals are met.

  npm run bench                      all rows (about a quarter of an hour)
  npm run bench -- --quick           a look: less of everything
  npm run bench -- --only steps      this row; may be given several times
  npm run bench -- --list            the rows
  npm run bench -- --json            for machines

  --rounds N        how often everything is measured (default 5; with --quick 3)
  --directory DIR   where on which disk (default .bench in this folder)

A busy machine spoils the figures: run nothing beside it.
Exit status: 0 all goals that were measured are met · 1 one is not, or a row failed · 2 wrong usage · 130 interrupted
`;

interface Settings {
  readonly chosen: readonly Row[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly json: boolean;
  readonly directory: string;
}

process.exitCode = await main();

async function main(): Promise<number> {
  let settings: Settings | string;
  try {
    settings = settingsOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nSee: npm run bench -- --help`);
    return 2;
  }
  if (typeof settings !== "string") return measureAll(settings);
  process.stdout.write(settings);
  return 0;
}

/** What is to be measured; or what was asked to be said. */
function settingsOf(args: string[]): Settings | string {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", multiple: true },
      rounds: { type: "string" },
      directory: { type: "string", default: path.resolve(import.meta.dirname, "../.bench") },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      list: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return help;
  if (values.list) return rows.map(({ name, title }) => `${name}: ${title}\n`).join("");
  const unknown = values.only?.find((name) => rows.every((row) => row.name !== name));
  if (unknown !== undefined) throw new Error(`No row is called "${unknown}"; --list says how they are called.`);
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is ${values.rounds}, expected 1 or more.`);
  const chosen = rows.filter(({ name }) => values.only?.includes(name) ?? true);
  const directory = path.resolve(values.directory);
  ensureDirectory(directory);
  return { chosen, rounds, quick: values.quick, json: values.json, directory };
}

async function measureAll({ chosen, json, ...settings }: Settings): Promise<number> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interruption.abort());
  const facts = machine(settings.directory);
  if (!json) console.log(Object.values(facts).join(" · "));
  const measured: Measured[] = [];
  for (const row of chosen) {
    const result = await measureRow(row, settings, interruption.signal);
    if (interruption.signal.aborted) return 130;
    measured.push(result);
    if (result.error !== undefined) console.error(`\n${row.name}: ${result.error}`);
    else if (!json) process.stdout.write(table(row, result.figures));
  }
  const goals = measured.flatMap(({ figures }) => figures).filter(({ met }) => met !== undefined);
  const unmet = goals.filter(({ met }) => !met);
  const { rounds, quick } = settings;
  if (json) console.log(JSON.stringify({ machine: facts, rounds, quick, rows: measured }));
  else console.log(`\n${goals.length - unmet.length} of ${goals.length} goals met`);
  return unmet.length === 0 && measured.every(({ error }) => error === undefined) ? 0 : 1;
}

interface Measured {
  readonly name: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  /** Why there are none: a sample that fails leaves the other rows alone. */
  readonly error?: string;
}

async function measureRow(
  { name, title, measure }: Row,
  { rounds, quick, directory }: Pick<Settings, "rounds" | "quick" | "directory">,
  signal: AbortSignal,
): Promise<Measured> {
  try {
    const sample: Bench["sample"] = (...asked) => runSample(signal, ...asked);
    const say = (line: string) => console.error(line);
    const figures = await inDirectories(directory, (newDirectory) =>
      measure({ rounds, quick, directory: newDirectory, sample, say }),
    );
    return { name, title, figures };
  } catch (error) {
    return { name, title, figures: [], error: error instanceof Error ? error.message : String(error) };
  }
}
