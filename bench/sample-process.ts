import type { Measures } from "./row.ts";

// One sample: `node bench/sample-process.ts NAME INPUT`. What it measured is the last line that it prints.
const [name = "", input = "{}"] = process.argv.slice(2);
const { sample } = (await import(`./samples/${name}.ts`)) as { sample: (input: unknown) => Promise<Measures> };
const measures = await sample(JSON.parse(input));
console.log(`\n${JSON.stringify({ ...measures, rssMegabytes: process.resourceUsage().maxRSS / 1024 })}`);
