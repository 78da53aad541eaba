import type { RunLayout } from "../../durable/layout.ts";
import type { RunState } from "../../runstate/state.ts";
import type { World } from "../place/world.ts";

/** What an open run and one that is only looked at have in common. */
export interface ReadableRun {
  readonly world: World;
  readonly layout: RunLayout;
  readonly state: RunState;
  /** The value that a recorded member stands for. */
  recorded(value: unknown): unknown;
}
