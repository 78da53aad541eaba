import { writeSync } from "node:fs";
import type { Measures } from "./row.ts";

/**
 * The end of a sample: says what was measured and leaves at once, with whatever was begun unfinished. To the run it
 * looks like kill -9.
 */
export function finish(measures: Measures): never {
  const rssMegabytes = process.resourceUsage().maxRSS / 1024;
  writeSync(1, `\n${JSON.stringify({ ...measures, rssMegabytes })}\n`);
  process.exit(0);
}
