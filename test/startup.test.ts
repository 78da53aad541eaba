import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { importsOf } from "./source/imports.ts";
import { repository } from "./source/source-files.ts";

const dist = path.join(repository, "dist");

/** The file of `dist` that the bundler made of a module that is loaded on demand. */
function chunk(name: string): string {
  const found = readdirSync(dist).filter((file) => file.startsWith(`${name}-`) && file.endsWith(".js"));
  // Older builds leave theirs behind; the newest main.js says which one is meant.
  const loaders = ["main.js", ...readdirSync(dist).filter((file) => file.startsWith("program-"))];
  const named = found.filter((file) => loaders.some((loader) => read(loader).includes(`./${file}`)));
  expect(named.length, `${name} is loaded on demand`).toBeGreaterThan(0);
  return named[0] ?? "";
}

const read = (file: string) => readFileSync(path.join(dist, file), "utf8");

/** Everything that is loaded with `file`, at once and not on demand: files of `dist`, and modules from outside. */
function loadedWith(file: string): { files: string[]; modules: string[] } {
  const files = new Set([file]);
  const modules = new Set<string>();
  for (const each of files) {
    for (const { specifier = "", onDemand } of importsOf(read(each))) {
      if (onDemand) continue;
      if (specifier.startsWith("./")) files.add(specifier.slice(2));
      else modules.add(specifier.replace(/^node:/, ""));
    }
  }
  return { files: [...files], modules: [...modules] };
}

/** The file of a group of `scripts/on-demand.ts` that `file`, or what is loaded with it, loads on demand. */
function groupOf(file: string, group: string): string {
  const imports = loadedWith(file).files.flatMap((each) => importsOf(read(each)));
  const pattern = new RegExp(`^\\./(${group}-[A-Z0-9]{8}\\.js)$`);
  const [name = ""] = imports.flatMap(({ specifier = "" }) => pattern.exec(specifier)?.[1] ?? []);
  expect(name, `${file} loads ${group} on demand`).not.toBe("");
  return name;
}

const why = "Start-up is measured against an empty script: what takes long to load is loaded by those who need it.";

describe("the start of the program", () => {
  it("loads nothing before the version of Node is known", () => {
    expect(loadedWith("main.js"), "An old Node must live to read the sentence about it.").toEqual({
      files: ["main.js"],
      modules: [],
    });
  });

  it("answers --version with nothing loaded but the version", () => {
    const { files, modules } = loadedWith(chunk("version"));
    expect(modules, why).toEqual([]);
    expect(
      files.reduce((sum, file) => sum + read(file).length, 0),
      why,
    ).toBeLessThan(2000);
  });

  it("answers status with one file, and nothing that takes long to load", () => {
    expect(read("main.js"), "it is loaded on demand").toContain('import("./status-program.js")');
    expect(loadedWith("status-program.js"), why).toEqual({ files: ["status-program.js"], modules: ["path"] });
    expect(read("status-program.js").length, why).toBeLessThan(100_000);
  });

  it("reads runs without schemas, YAML, hashing, locks or child processes, in few files", () => {
    const { files, modules } = loadedWith(chunk("program"));
    expect(modules, why).toEqual(["path"]);
    expect(files.length, why).toBeLessThanOrEqual(7);
  });

  it("starts an agent of the kit without schemas, YAML or child processes", () => {
    expect(loadedWith("agent.js").modules.sort(), why).toEqual(["path"]);
  });

  it("imports the library without schemas, YAML, globs, hashing, locks or child processes, in few files", () => {
    const { files, modules } = loadedWith("index.js");
    expect(modules.sort(), why).toEqual(["buffer", "path"]);
    expect(files.length, why).toBeLessThanOrEqual(10);
  });

  it("does not load schemas or YAML to take a snapshot or to drive a task file", () => {
    for (const file of ["index.js", chunk("heavy-commands")]) {
      const { modules } = loadedWith(groupOf(file, "without-zod"));
      expect(modules, why).toEqual(expect.arrayContaining(["ignore", "picomatch"]));
      expect(modules, why).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(zod|yaml)$/)]));
    }
  });

  it("does load schemas and YAML to read task files, which shows that this test can see them", () => {
    for (const file of ["index.js", chunk("heavy-commands")]) {
      const { modules } = loadedWith(groupOf(file, "with-zod-and-yaml"));
      expect(modules).toEqual(expect.arrayContaining(["zod", "yaml"]));
    }
  });

  it("offers the schemas of all records, apart from the library", async () => {
    const schemas = (await import(path.join(dist, "schemas.js"))) as Record<string, { safeParse?: unknown }>;
    expect(Object.keys(schemas)).toHaveLength(9);
    for (const schema of Object.values(schemas)) expect(schema.safeParse).toBeTypeOf("function");
  });
});
