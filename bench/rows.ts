import type { Row } from "./row.ts";
import { largeFile, snapshot, snapshotGrowth } from "./rows/snapshot.ts";
import { steps } from "./rows/steps.ts";

/** Every row, in the order of the table. */
export const rows: readonly Row[] = [steps, snapshot, snapshotGrowth, largeFile];
