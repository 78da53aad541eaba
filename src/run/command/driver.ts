import type { SeatWait } from "./agent-seat.ts";
import type { StepContext } from "./step-context.ts";

/**
 * `decision`: nobody has answered one. `only`: what was asked for is done, and other items are left. `waiting`: for an agent, and
 * nobody wants to wait.
 */
type PauseReason = "in_doubt" | "decision" | "interrupted" | "only" | "waiting";

/** How the work of one process on a run came to an end. */
export type DriveEnd =
  | { readonly kind: "completed"; readonly output?: unknown }
  | {
      readonly kind: "failed";
      readonly failed: readonly string[];
      readonly blocked: readonly string[];
      /** What a function threw outside its steps. */
      readonly error?: { readonly code: string; readonly message: string };
    }
  | {
      readonly kind: "paused";
      readonly reason: PauseReason;
      readonly steps: readonly string[];
      readonly wait?: SeatWait;
    };

/** The definition of the work, whatever form it has. */
export interface Driver {
  readonly taskId: string;
  /** Ids of the steps that are known beforehand, in order. */
  readonly steps: readonly string[];
  /** Names of the variables that the task refers to by `$env`. */
  readonly variables: readonly string[];
  /** True if there is nothing to do although the run has not completed: what is left failed, and stays so. */
  isSettled(context: StepContext): boolean;
  drive(context: StepContext): Promise<DriveEnd>;
}
