import { parseArgs } from "node:util";
import { type Mutant, mutants } from "./mutants.ts";
import { TestRunner, type Verdict } from "./run-tests.ts";
import { TreeCopy } from "./tree-copy.ts";

const help = `Breaks the promises of src/ one at a time, in a copy, and shows which test notices.

  npm run test:mutants                       all mutants (some minutes)
  npm run test:mutants -- --only "no lock"   this one; may be given several times
  npm run test:mutants -- --list             their names, and what each breaks

Exit status: 0 all are killed · 1 one survives, or cannot be made · 2 wrong usage · 130 interrupted
`;

interface Row {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly seconds: number;
}

process.exitCode = await main();

async function main(): Promise<number> {
  let chosen: readonly Mutant[] | string;
  try {
    chosen = chosenMutants();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nSee: npm run test:mutants -- --help`);
    return 2;
  }
  if (typeof chosen !== "string") return inCopy(chosen);
  process.stdout.write(chosen);
  return 0;
}

/** Those that were asked for; or what was asked to be said. */
function chosenMutants(): readonly Mutant[] | string {
  const { values } = parseArgs({
    options: { only: { type: "string", multiple: true }, list: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) return help;
  if (values.list) return mutants.map(({ name, breaks }) => `${name}: ${breaks}\n`).join("");
  const unknown = values.only?.find((name) => mutants.every((mutant) => mutant.name !== name));
  if (unknown !== undefined) throw new Error(`No mutant is called "${unknown}"; --list says how they are called.`);
  return mutants.filter(({ name }) => values.only?.includes(name) ?? true);
}

async function inCopy(chosen: readonly Mutant[]): Promise<number> {
  const copy = new TreeCopy();
  const runner = new TestRunner(copy.directory);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      runner.end();
      copy.remove();
      process.exit(130);
    });
  }
  try {
    return await tryAll(chosen, copy, runner);
  } finally {
    copy.remove();
  }
}

async function tryAll(chosen: readonly Mutant[], copy: TreeCopy, runner: TestRunner): Promise<number> {
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
  console.error(`without a mutant: ${files.length} files of tests`);
  const control = await runner.run(files);
  if (control.kind !== "passed") {
    console.error(`they do not pass as they are, so nothing can be shown by them: ${inWords(control)}`);
    return 1;
  }
  const rows: Row[] = [];
  for (const [index, mutant] of chosen.entries()) {
    const row = await tryOne(mutant, copy, runner);
    rows.push(row);
    console.error(
      `${index + 1}/${chosen.length} ${mutant.name}: ${inWords(row.verdict)} (${row.seconds.toFixed(1)} s)`,
    );
  }
  process.stdout.write(table(rows));
  const left = rows.filter(({ verdict }) => verdict.kind !== "failed");
  console.error(`${rows.length - left.length} of ${rows.length} mutants are killed`);
  return left.length === 0 ? 0 : 1;
}

async function tryOne(mutant: Mutant, copy: TreeCopy, runner: TestRunner): Promise<Row> {
  const startedMs = performance.now();
  copy.apply(mutant);
  let verdict: Verdict = { kind: "passed" };
  for (const file of mutant.tests) {
    verdict = await runner.run([file]);
    if (verdict.kind !== "passed") break;
  }
  copy.restore(mutant);
  return { mutant, verdict, seconds: (performance.now() - startedMs) / 1000 };
}

function inWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case "passed":
      return "SURVIVES";
    case "failed":
      return `\`${verdict.file}\`: ${verdict.title}`;
    case "broken":
      return `CANNOT BE RUN: ${verdict.why}`;
  }
}

/** In Markdown, as docs/guarantees.md shows it. */
function table(rows: readonly Row[]): string {
  const lines = rows.map(({ mutant, verdict }) => `| ${mutant.name} | ${mutant.breaks} | ${inWords(verdict)} |`);
  return `| Mutant | What it breaks | Killed by |\n|---|---|---|\n${lines.join("\n")}\n`;
}
