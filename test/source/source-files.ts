import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A path relative to the repository with `/` → its text. */
export type Sources = ReadonlyMap<string, string>;

/** The root of the repository. */
export const repository = path.resolve(import.meta.dirname, "../..");

/** Every TypeScript file of `src/`. */
export function readSources(): Sources {
  const names = readdirSync(path.join(repository, "src"), { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".ts")).map((name) => `src/${name.replaceAll(path.sep, "/")}`);
  return new Map(files.sort().map((file) => [file, readFileSync(path.join(repository, file), "utf8")]));
}
