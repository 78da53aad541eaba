import { readFileSync } from "node:fs";
import path from "node:path";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/**
 * What the library loads when it is needed, by what has to be loaded with it. A group is loaded as a whole: every
 * `import()` of its own would make the bundler cut what they share into a file for each set of those who share it,
 * thirty files, which take as long to open as all the rest of the start.
 */
export const groups: Readonly<Record<string, readonly string[]>> = {
  "without-zod": [
    "src/run/session/changeable-by-steps.ts",
    "src/run/session/driven-file.ts",
    "src/snapshot/capture.ts",
    "src/snapshot/globs.ts",
    "src/snapshot/hash-in-workers.ts",
  ],
  "with-zod": ["src/protocol/event.ts", "src/protocol/heartbeat.ts", "src/protocol/log.ts"],
  "with-zod-and-yaml": [
    "src/doctor/diagnose.ts",
    "src/doctor/mend.ts",
    "src/doctor/processes.ts",
    "src/flow/read-task.ts",
    "src/mock-agent/serve-mock-agent.ts",
    "src/run/verify/check-run.ts",
    "src/task/document.ts",
  ],
};

/** Loads the groups as wholes. What is imported on demand and stands in none is an error, commands aside. */
export const onDemand: Plugin = {
  name: "on-demand",
  setup: (build) => {
    build.onResolve({ filter: /^\.\.?\// }, ({ kind, path: specifier, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const file = path.relative(process.cwd(), path.join(resolveDir, specifier));
      if (file.startsWith("src/cli/")) return undefined;
      const group = Object.keys(groups).find((name) => groups[name]?.includes(file));
      if (group !== undefined) return { path: group, namespace: "on-demand" };
      return { errors: [{ text: `${file} is loaded on demand, and in no group of scripts/on-demand.ts` }] };
    });
    build.onLoad({ filter: /.*/, namespace: "on-demand" }, ({ path: group }) => {
      const files = groups[group] ?? [];
      const twice = repeated(files.flatMap(exportedNames));
      if (twice !== undefined) return { errors: [{ text: `two files of the group ${group} export ${twice}` }] };
      return { contents: files.map((file) => `export * from "./${file}";`).join("\n"), resolveDir: process.cwd() };
    });
  },
};

function exportedNames(file: string): string[] {
  const source = readFileSync(file, "utf8");
  return [...source.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)].map(([, name = ""]) => name);
}

/** What `export *` takes from two files, it drops without a word. */
function repeated(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
