import type { Row } from "./row.ts";
import { peersRow } from "./rows/peers.ts";
import { replay } from "./rows/replay.ts";
import { resume } from "./rows/resume.ts";
import { largeFile, snapshot, snapshotGrowth } from "./rows/snapshot.ts";
import { steps, together } from "./rows/steps.ts";

/** Every row, in the order of the table. */
export const rows: readonly Row[] = [steps, together, resume, replay, snapshot, snapshotGrowth, largeFile, peersRow];
