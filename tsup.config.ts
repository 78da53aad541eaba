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

/**
 * Bundled so that a program loads few files; split so that it loads only what it needs. The library is built by itself: what it
 * shares with the commands would be cut into one file for each set of those who need it.
 */
export default defineConfig([
  {
    ...common,
    entry: { index: "src/index.ts" },
    splitting: true,
    esbuildPlugins: [onDemand],
  },
  {
    ...common,
    entry: {
      agent: "src/agent-kit/serve-agent.ts",
      schemas: "src/schemas.ts",
      main: "src/main.ts",
      "hash-worker": "src/snapshot/hash-worker.ts",
    },
    splitting: true,
    esbuildPlugins: [directImports, alone(statusProgram), onDemand],
  },
  {
    ...common,
    entry: { [statusProgram]: `src/cli/${statusProgram}.ts` },
    splitting: false,
    minify: true,
    esbuildPlugins: [directImports],
  },
]);
