import { maskLiterals } from "./mask-literals.ts";

export interface Import {
  /** What stands between the quotes; undefined where it is computed. */
  readonly specifier: string | undefined;
  /** `import(…)` or `require(…)`: loaded when that line runs. */
  readonly onDemand: boolean;
  /** From 1. */
  readonly line: number;
}

const importPattern = /\bfrom\s*(?<from>["'])|\bimport\s*(?<bare>["'])|\b(?:import|require)\s*\(\s*(?<onDemand>["'])?/g;

/** Every module that `source` names: import, export … from, `import type`, `import(…)`, `require(…)`, `typeof import(…)`. */
export function importsOf(source: string): Import[] {
  const code = maskLiterals(source);
  return [...code.matchAll(importPattern)].map((match) => {
    const quote = match.groups?.from ?? match.groups?.bare;
    const onDemand = quote === undefined;
    const opened = quote ?? match.groups?.onDemand;
    const start = match.index + match[0].length;
    return {
      specifier: opened === undefined ? undefined : source.slice(start, code.indexOf(opened, start)),
      onDemand,
      line: lineAt(source, match.index),
    };
  });
}

/** True if `source` has nothing of its own: imports and re-exports only. */
export function onlyReexports(source: string): boolean {
  const code = maskLiterals(source);
  const withoutImports = code.replace(/\b(?:import|export)\b[^;"']*?\bfrom\s*(["'])\s*\1\s*;?/g, "");
  return withoutImports !== code && withoutImports.trim() === "";
}

/** The line, from 1, of the character at `index`. */
export function lineAt(source: string, index: number): number {
  return source.slice(0, index).split("\n").length;
}
