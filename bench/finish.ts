import { writeSync } from "node:fs";
import { peakMegabytes } from "./peak-memory.mjs";
import type { Measures } from "./row.ts";

/**
 * The end of a sample: says what was measured and leaves at once, with whatever was begun unfinished. To the run it
 * looks like kill -9. A sample that has measured another process says that one's memory itself.
 */
export function finish(measures: Measures): never {
  writeSync(1, `\n${JSON.stringify({ rssMegabytes: peakMegabytes(), ...measures })}\n`);
  process.exit(0);
}
