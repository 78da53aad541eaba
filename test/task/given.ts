import { RunledgerError } from "../../src/errors.ts";
import { parseTask } from "../../src/task/parse.ts";

/** The refusal of `action`. */
export function refusalOf(action: () => unknown): RunledgerError {
  try {
    action();
  } catch (error) {
    if (error instanceof RunledgerError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** `CODE` and the sentence with which a task file is refused. */
export function refusedAs(text: string, file = "tasks/x.yaml"): string {
  const { code, message } = refusalOf(() => parseTask(text, file));
  return `${code}\n${message}`;
}

/** The task file of the documentation. */
export const handbook = `
version: 1
id: T-0042
title: Publish the handbook
concurrency: 2                       # default 1
snapshot: { include: ["docs/**"], exclude: ["**/*.tmp"] }   # optional
agents:
  builder: { command: [node, agents/builder.mjs], env: { LOG_LEVEL: info } }
steps:
  - id: lint
    run: "npm run -s lint"           # /bin/sh -c; or a list of arguments, without a shell
  - id: build
    agent: builder                   # speaks NDJSON on stdio
    action: implement
    inputs: { goal: "…" }
    expected_outputs: [{ path: dist/handbook.html }]
    needs: [lint]
    writes: ["dist/**"]              # what it may change besides expected_outputs (for drift)
    effect: once
    probe: "test -f dist/published"  # for once: 0 = it happened, 1 = it did not, else unknown
    timeout: 10m
    retry: { max_attempts: 3 }       # default 1
    env: { STAGE: prod, TOKEN: { $env: DEPLOY_TOKEN } }
`;

/** A task file of one plain step with the lines of `fields` added to it. */
export function withStep(...fields: string[]): string {
  return ["version: 1", "id: T-1", "steps:", "  - id: one", ...fields.map((line) => `    ${line}`)].join("\n");
}
