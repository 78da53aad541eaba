import path from "node:path";
import { layers, narrowed, runFolders } from "../../scripts/layers.ts";
import { importsOf } from "./imports.ts";
import type { Sources } from "./source-files.ts";

/** Imports that the list of layers does not allow, each as a line to read. Dynamic and type imports count. */
export function layerFaults(sources: Sources): string[] {
  return relativeImports(sources).flatMap(({ from, line, to }) => {
    const [importer, imported] = [layerOf(from), layerOf(to)];
    if (rowOf(importer) < 0) return [`${from}: ${importer} is not in scripts/layers.ts`];
    return mayImport(importer, imported) ? [] : [`${from}:${line} imports ${to}`];
  });
}

/** The same for the folders of `src/run/`. */
export function runFolderFaults(sources: Sources): string[] {
  const place = (file: string) => {
    const [, folder] = /^src\/run\/(?:([^/]+)\/)?[^/]+$/.exec(file) ?? [];
    if (!file.startsWith("src/run/")) return -1;
    return folder === undefined ? runFolders.length : runFolders.indexOf(folder);
  };
  return relativeImports(sources)
    .filter(({ from, to }) => from.startsWith("src/run/") && place(to) > place(from))
    .map(({ from, line, to }) => `${from}:${line} imports ${to}`);
}

/** Every file-level import cycle once, as `a → b → a`. */
export function importCycles(sources: Sources): string[] {
  const edges = Map.groupBy(relativeImports(sources), ({ from }) => from);
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]) => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
    if (finished.has(file) || trail.includes(file)) return;
    for (const { to } of edges.get(file) ?? []) visit(to, [...trail, file]);
    finished.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return cycles;
}

/** Imports of one of `modules` (a package or a `node:` module, with or without the prefix) outside `allowed`. */
export function forbiddenImports(
  sources: Sources,
  modules: readonly string[],
  allowed: (file: string) => boolean,
): string[] {
  return allImports(sources)
    .filter(({ from, specifier }) => !allowed(from) && modules.includes(specifier?.replace(/^node:/, "") ?? ""))
    .map(({ from, line, specifier }) => `${from}:${line} imports ${specifier}`);
}

/** `import(…)` of something computed: neither the bundler nor this test can follow it. */
export function computedImports(sources: Sources): string[] {
  return allImports(sources)
    .filter(({ specifier }) => specifier === undefined)
    .map(({ from, line }) => `${from}:${line} imports something computed`);
}

function allImports(sources: Sources) {
  return [...sources].flatMap(([from, text]) => importsOf(text).map((each) => ({ from, ...each })));
}

function relativeImports(sources: Sources) {
  return allImports(sources).flatMap(({ from, line, specifier }) =>
    specifier?.startsWith(".") ? [{ from, line, to: path.posix.join(path.posix.dirname(from), specifier) }] : [],
  );
}

function mayImport(importer: string, imported: string): boolean {
  if (importer === imported) return true;
  const row = rowOf(imported);
  return row >= 0 && row < rowOf(importer) && (narrowed[importer]?.includes(imported) ?? true);
}

function rowOf(layer: string): number {
  return layers.findIndex((row) => row.includes(layer));
}

/** `src/ledger/line.ts` → `ledger`, `src/errors.ts` → `errors`; what is outside `src/` stays a path. */
function layerOf(file: string): string {
  return /^src\/([^/]+?)(?:\.ts$|\/)/.exec(file)?.[1] ?? file;
}
