import { defineConfig, type Options } from "tsup";
import { alone, directImports } from "./scripts/direct-imports.ts";

const common: Options = {
  format: "esm",
  platform: "node",
  target: "node22",
  silent: true,
};

/** What is to start fastest is one small file: to open one more takes as long as to fold a run, and so does to parse its words. */
const statusProgram = "status-program";

/** Bundled so that a command loads few files; split so that each command loads only what it needs. */
export default defineConfig([
  {
    ...common,
    entry: {
      index: "src/index.ts",
      agent: "src/agent-kit/serve-agent.ts",
      schemas: "src/schemas.ts",
      main: "src/main.ts",
      "hash-worker": "src/snapshot/hash-worker.ts",
    },
    splitting: true,
    clean: [`!${statusProgram}.js`],
    esbuildPlugins: [directImports, alone(statusProgram)],
  },
  {
    ...common,
    entry: { [statusProgram]: `src/cli/${statusProgram}.ts` },
    splitting: false,
    minify: true,
    esbuildPlugins: [directImports],
  },
]);
