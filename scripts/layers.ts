/**
 * The layers of `src/`, from left to right: a folder (or top-level file) may import from itself and from what stands in an
 * earlier row. Names in one row may not import each other. The only copy of the rule: `test/layers.test.ts` checks it,
 * `docs/architecture.md` is drawn from it.
 */
export const layers: readonly (readonly string[])[] = [
  ["errors", "ports", "version"],
  ["idempotency", "durable"],
  ["protocol"],
  ["snapshot", "objects", "ledger", "task"],
  ["runstate"],
  ["receipt"],
  ["agent"],
  ["agent-kit"],
  ["mock-agent"],
  ["run"],
  ["flow", "doctor"],
  ["index", "schemas"],
  ["cli"],
  ["main"],
];

/** Layers that see less than everything to their left: a command line that needs more shows a hole in the public API. */
export const narrowed: Readonly<Record<string, readonly string[]>> = {
  cli: ["index"],
  main: ["cli"],
};

/** The folders of `src/run/`, by the same rule; its own files, the verbs, stand on all of them. */
export const runFolders: readonly string[] = ["place", "command", "function", "session", "read", "verify"];
