import type { Reporter } from "vitest/node";
import type {} from "./counts.ts";

/** Prints at the end of all tests what has been tried how often, by file. */
export const countsReporter: Reporter = {
  onTestRunEnd: (modules) => {
    const counted = modules.map((module) => module.meta().counted).filter((each) => each !== undefined);
    if (counted.length === 0) return;
    const lines = counted.map(({ title, counts }) => `  ${title}: ${inWords(counts)}`).sort();
    console.log(["", "What was tried:", ...lines, ""].join("\n"));
  },
};

function inWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count.toLocaleString("en")} ${name}`)
    .join(", ");
}
