import type { Secrets } from "../../agent/secrets.ts";
import type { OpenRun } from "./open-run.ts";
import type { Policy } from "./step-command.ts";

/** What every step of one process has in common. */
export interface StepContext {
  readonly run: OpenRun;
  readonly policy: Policy;
  readonly secrets: Secrets;
  /** Absolute real path. */
  readonly workspace: string;
  /** Names of the variables that the task refers to by `$env`: secret ones. */
  readonly variables: readonly string[];
  /** What marks the processes of this run. */
  readonly token: string;
}
