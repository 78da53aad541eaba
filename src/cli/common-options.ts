import type { Option } from "./option.ts";

/** Where a command works. */
export const placeOptions = {
  workspace: { value: "DIR", says: "the directory that the task works in", otherwise: "the current directory" },
  store: { value: "DIR", says: "where the runs are kept", otherwise: "RUNLEDGER_DIR, or .runledger in the workspace" },
} satisfies Record<string, Option>;

export const jsonOption = {
  json: { says: "print one JSON document on stdout; people's words go to stderr" },
} satisfies Record<string, Option>;

/** What `run` and `resume` have in common. */
export const driveOptions = {
  concurrency: { value: "N", says: "how many steps run at a time, 1 to 1000", otherwise: "what the task says" },
  only: {
    value: "GLOB",
    says: "of steps with for_each, start only the items that match; the run pauses if others are left",
    otherwise: "all items",
  },
  grace: {
    value: "SECONDS",
    says: "how long running steps may take to end by themselves after a first signal",
    otherwise: "10",
  },
  "flush-retries": {
    value: "N",
    says: "how often a write that fails for a moment is tried again, 0 to 10",
    otherwise: "RUNLEDGER_FLUSH_RETRIES, or 3",
  },
  "no-wait": {
    says: "pause where there is nothing to do but to wait for an agent: circuit open, rate limit (exit 75)",
  },
  "dry-run": { says: "say what would be done; write and start nothing" },
  "no-input": { says: "never ask, also at a terminal" },
} satisfies Record<string, Option>;
