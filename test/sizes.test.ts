import { describe, expect, it } from "vitest";
import { functionsOf } from "./source/functions.ts";
import { readSources } from "./source/source-files.ts";

// A ratchet, not a law: the limits are those of the most readable code of the field, measured. What has to be longer is
// listed by name with its reason.

const limits = { fileMedian: 80, fileNinth: 200, functionMedian: 10, functionNinth: 30, functionLongest: 60 };

/** `file name` of each function that may have more than 60 lines → why. */
const mayBeLonger: Readonly<Record<string, string>> = {};

const files = [...readSources()].map(([file, text]) => ({ name: file, lines: text.split("\n").length - 1 }));
const functions = [...readSources()].flatMap(([file, text]) =>
  functionsOf(text).map(({ name, line, lines }) => ({
    name: `${file}:${line} ${name}`,
    key: `${file} ${name}`,
    lines,
  })),
);

describe("the sizes of src", () => {
  it("keep the median file at 80 lines and nine of ten files at 200", () => {
    expect(quantile(files, 0.5), largest(files)).toBeLessThanOrEqual(limits.fileMedian);
    expect(quantile(files, 0.9), largest(files)).toBeLessThanOrEqual(limits.fileNinth);
  });

  it("keep the median function at 10 lines and nine of ten functions at 30", () => {
    expect(quantile(functions, 0.5), largest(functions)).toBeLessThanOrEqual(limits.functionMedian);
    expect(quantile(functions, 0.9), largest(functions)).toBeLessThanOrEqual(limits.functionNinth);
  });

  it("keep every function at 60 lines, but for those that are listed by name", () => {
    const long = functions.filter(({ lines }) => lines > limits.functionLongest);
    const unlisted = long.filter(({ key }) => !(key in mayBeLonger));
    expect(unlisted, "Divide it, or list it in mayBeLonger with the reason.").toEqual([]);
    const outdated = Object.keys(mayBeLonger).filter((key) => !long.some((each) => each.key === key));
    expect(outdated, "No longer longer than 60 lines: take it out of mayBeLonger.").toEqual([]);
  });
});

describe("the measure of functions", () => {
  it("counts declarations, methods and arrow functions from head to end", () => {
    const source = `
export async function first(
  a: { b: string },
  c = () => "}",
): Promise<{ d: number }> {
  if (a) {
    return { d: 1 };
  }
  return { d: \`\${[1].map((x) => { return x; })} {\`.length };
}

class Second extends Base(Object) {
  #third(): void {
    for (const x of [1]) {
      /[{]/.test(String(x)); // {
    }
  }
}

const fourth = async (a: number): Promise<number> => {
  return a;
};
const fifth = (a: number) =>
  [a, a].map((b) => b + 1).filter(
    Boolean,
  );
const object = { sixth: (a: number) => a, seventh() { return 7 / 2; } };
`;
    expect(functionsOf(source).map(({ name, line, lines }) => `${name} ${line} ${lines}`)).toEqual([
      "first 2 9",
      "(arrow function) 9 1",
      "#third 13 5",
      "fourth 20 3",
      "fifth 23 4",
      "seventh 27 1",
    ]);
  });

  it("takes the quantile of a list as its smallest value that so many do not exceed", () => {
    const ten = [3, 1, 2, 10, 5, 4, 9, 8, 7, 6].map((lines) => ({ lines }));
    expect([quantile(ten, 0.5), quantile(ten, 0.9), quantile(ten, 1)]).toEqual([5, 9, 10]);
  });
});

function quantile(sizes: readonly { lines: number }[], share: number): number {
  const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}

/** The ten largest, for the message of a failure. */
function largest(sizes: readonly { name: string; lines: number }[]): string {
  const sorted = sizes.toSorted((a, b) => b.lines - a.lines).slice(0, 10);
  return `Too much in one place. The largest:\n${sorted.map(({ name, lines }) => `  ${lines} ${name}`).join("\n")}\n`;
}
