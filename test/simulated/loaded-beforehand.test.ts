import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { groups } from "../../scripts/on-demand.ts";
import { importsOf } from "../source/imports.ts";

it("simulated machines have all that is loaded on demand", () => {
  const source = readFileSync(path.join(import.meta.dirname, "loaded-beforehand.ts"), "utf8");
  const loaded = importsOf(source).map(({ specifier = "" }) => specifier.replace("../../", ""));
  expect(loaded.sort()).toEqual(Object.values(groups).flat().sort());
});
