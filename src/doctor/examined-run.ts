import type { RunLayout } from "../durable/layout.ts";
import type { LockOwner } from "../durable/writer-lock.ts";
import type { Place } from "../run/place/store.ts";
import type { World } from "../run/place/world.ts";
import type { Examination } from "../run/verify/examine.ts";

/** A store, as the checks see it. */
export interface ExaminedStore {
  readonly world: World;
  readonly place: Place;
  /** The tokens that processes of this machine carry (see `runToken`). */
  readonly carriedTokens: ReadonlySet<string>;
}

/** A run whose files were checked against each other. */
export interface ExaminedRun extends ExaminedStore {
  readonly runId: string;
  readonly run: RunLayout;
  readonly owner: LockOwner | undefined;
  /** Whether a process seems to work on it: then what it is about to write is no left-over. */
  readonly alive: boolean;
  readonly examination: Examination;
}
