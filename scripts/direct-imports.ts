import { readFileSync } from "node:fs";
import path from "node:path";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/**
 * What a command takes from the public API is imported from the file that has it. To the bundler, whoever imports one
 * name from `src/index.ts` needs all that it exports: `status` would load zod, yaml and the lock.
 */
export const directImports: Plugin = {
  name: "direct-imports",
  setup: (build) => {
    const origins = originsIn(readFileSync(path.resolve("src/index.ts"), "utf8"));
    build.onLoad({ filter: /[\\/]src[\\/]cli[\\/][^\\/]+\.ts$/ }, (file) => ({
      contents: withDirectImports(readFileSync(file.path, "utf8"), origins),
      loader: "ts",
    }));
  },
};

/** Exported name → the import that has it, e.g. `{ run } from "../run/run.ts"`. */
function originsIn(index: string): Map<string, string> {
  const exports = index.matchAll(/export (?:type )?\{([^}]*)\} from "\.\/([^"]+)";/g);
  return new Map(
    [...exports].flatMap(([, names = "", file]) =>
      namesIn(names).map((name) => [name.split(" as ").at(-1) ?? name, `{ ${name} } from "../${file}"`] as const),
    ),
  );
}

function withDirectImports(source: string, origins: ReadonlyMap<string, string>): string {
  return source.replace(/import \{([^}]*)\} from "\.\.\/index\.ts";/g, (_, names: string) =>
    namesIn(names)
      .map((name) => `import ${origins.get(name)};`)
      .join(" "),
  );
}

/** Types are gone when modules are loaded. */
function namesIn(list: string): string[] {
  const names = list.split(",").map((name) => name.trim());
  return names.filter((name) => name !== "" && !name.startsWith("type "));
}

/** What is built by itself is only named: `./cli/<name>.ts` is `./<name>.js` beside the importing file. */
export function alone(name: string): Plugin {
  return {
    name: "alone",
    setup: (build) => {
      build.onResolve({ filter: new RegExp(`/${name}\\.ts$`) }, () => ({ path: `./${name}.js`, external: true }));
    },
  };
}
