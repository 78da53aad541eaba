import { describe, expect, it } from "vitest";
import { type ErrorCode, RunledgerError } from "../../src/errors.ts";
import { readText, tableRows } from "./documents.ts";

describe("docs/errors.md", () => {
  const rows = tableRows(readText("docs/errors.md"));

  it("has a row for every code of src/errors.ts, with its exit status, when, and what to do", () => {
    const written = rows
      .filter((cells) => cells.length === 4)
      .map(([code = "", status]) => [plain(code), Number(status)]);
    const codes = [...readText("src/errors.ts").matchAll(/^ {2}([A-Z_]+): \d+,/gm)].map(
      ([, code]) => code as ErrorCode,
    );
    expect(Object.fromEntries(written)).toEqual(
      Object.fromEntries(codes.map((code) => [code, new RunledgerError(code, "").exitStatus])),
    );
  });

  it("has a row for every fault of an agent", () => {
    const faults = [
      ...unionOf("src/agent/faults.ts", "FaultCode"),
      ...unionOf("src/agent/strict-json.ts", "JsonFault"),
    ];
    expect(codesUnder("Faults of agents").sort()).toEqual(faults.sort());
  });

  it("names only failures of steps that the code knows", () => {
    const sources = [
      ...["plain-work", "agent-work", "in-doubt", "perform", "outputs"].map((name) => `command/${name}`),
      ...["function-steps", "running-calls"].map((name) => `function/${name}`),
    ]
      .map((name) => readText(`src/run/${name}.ts`))
      .join("");
    const unknown = codesUnder("Failures of steps").filter((code) => !sources.includes(code.replace(/\*$/, "")));
    expect(unknown).toEqual([]);
  });
});

describe("docs/doctor.md", () => {
  it("has a row for every code that doctor finds, with its severity, what it means and what a fix does", () => {
    const source = readText("src/doctor/finding-codes.ts");
    const kinds = [...source.matchAll(/^ {2}([A-Z_]+): \{\s+severity: "(\w+)",(\s+fix:)?/gm)];
    const rows = tableRows(readText("docs/doctor.md"));
    expect(rows.map(([code = "", severity]) => [plain(code), severity])).toEqual(
      kinds.map(([, code, severity]) => [code, severity]),
    );
    const idle = rows
      .filter(([, , , fix = ""]) => fix === "" || fix.startsWith("Nothing"))
      .map(([code = ""]) => plain(code));
    expect(idle).toEqual(kinds.filter(([, , , fix]) => fix === undefined).map(([, code]) => code));
  });
});

describe("docs/dependencies.md", () => {
  it("says of every dependency of package.json what it is for and what else was looked at, and of no other", () => {
    const { dependencies, devDependencies } = JSON.parse(readText("package.json"));
    const rows = tableRows(readText("docs/dependencies.md"));
    expect(rows.filter((cells) => cells.length !== 3 || cells.includes(""))).toEqual([]);
    expect(rows.map(([name = ""]) => plain(name)).sort()).toEqual(
      Object.keys({ ...dependencies, ...devDependencies }).sort(),
    );
  });
});

/** The codes of the table under a heading of docs/errors.md. */
function codesUnder(heading: string): string[] {
  const section =
    readText("docs/errors.md")
      .split(/^## /m)
      .find((each) => each.startsWith(heading)) ?? "";
  return tableRows(section).flatMap(([code = ""]) => plain(code).split(", "));
}

/** The texts of a union type of `file`. */
function unionOf(file: string, type: string): string[] {
  const body = new RegExp(`export type ${type} =([^;]*);`).exec(readText(file))?.[1] ?? "";
  return [...body.matchAll(/"([A-Z0-9_]+)"/g)].map(([, code = ""]) => code);
}

function plain(cell: string): string {
  return cell.replaceAll("`", "");
}
