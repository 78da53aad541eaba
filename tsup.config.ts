import { defineConfig } from "tsup";
import { directImports } from "./scripts/direct-imports.ts";

/** Bundled so that a command loads few files; split so that each command loads only what it needs. */
export default defineConfig({
  entry: {
    index: "src/index.ts",
    agent: "src/agent-kit/serve-agent.ts",
    main: "src/main.ts",
    "hash-worker": "src/snapshot/hash-worker.ts",
  },
  format: "esm",
  platform: "node",
  target: "node22",
  splitting: true,
  clean: true,
  silent: true,
  esbuildPlugins: [directImports],
});
