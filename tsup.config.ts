import { defineConfig, type Options } from "tsup";
import { alone, directImports } from "./scripts/direct-imports.ts";
import { onDemand } from "./scripts/on-demand.ts";

const common: Options = {
  format: "esm",
  platform: "node",
  target: "node22",
  silent: true,
};

/** What is to start fastest is one small file: to open one more takes as long as to fold a run, and so does to parse its words. */
const statusProgram = "status-program";

// Several builds write into dist, and none of them may clean it: `npm run build` does, before.

/**
 * Bundled so that a program loads few files; split so that it loads only what it needs. What can be imported is built together, so
 * that all of it has the same classes; apart from the commands, for what it shares with them would be cut into one file for
 * each set of those who need it.
 */
export default defineConfig([
  {
    ...common,
    entry: { index: "src/index.ts", agent: "src/agent-kit/serve-agent.ts", schemas: "src/schemas.ts" },
    splitting: true,
    esbuildPlugins: [onDemand],
  },
  {
    ...common,
    entry: { main: "src/main.ts" },
    splitting: true,
    esbuildPlugins: [directImports, alone(statusProgram), onDemand],
  },
  {
    ...common,
    entry: {
      [statusProgram]: `src/cli/${statusProgram}.ts`,
      "hash-worker": "src/snapshot/hash-worker.ts",
      "sync-worker": "src/durable/sync-worker.ts",
    },
    splitting: false,
    minify: true,
    esbuildPlugins: [directImports],
  },
]);
