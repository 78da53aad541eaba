import { finish } from "./finish.ts";
import type { Measures } from "./row.ts";

// One sample: `node bench/sample-process.ts NAME INPUT`. What it measured is the last line that it prints.
const [name = "", input = "{}"] = process.argv.slice(2);
const { sample } = (await import(`./samples/${name}.ts`)) as { sample: (input: unknown) => Promise<Measures> };
finish(await sample(JSON.parse(input)));
