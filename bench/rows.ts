import type { Row } from "./row.ts";
import { batch } from "./rows/batch.ts";
import { bytes } from "./rows/bytes.ts";
import { afterwardsGrowth } from "./rows/growth.ts";
import { latency } from "./rows/latency.ts";
import { output } from "./rows/output.ts";
import { peersRow } from "./rows/peers.ts";
import { replay } from "./rows/replay.ts";
import { resume } from "./rows/resume.ts";
import { largeFile, snapshot, snapshotGrowth } from "./rows/snapshot.ts";
import { start } from "./rows/start.ts";
import { steps, together } from "./rows/steps.ts";
import { syncs } from "./rows/syncs.ts";

const live: readonly Row[] = [steps, together, latency, syncs, bytes];
const afterwards: readonly Row[] = [resume, replay, afterwardsGrowth];
const around: readonly Row[] = [snapshot, snapshotGrowth, largeFile, batch, output, start];

/** Every row, in the order of the table. */
export const rows: readonly Row[] = [...live, ...afterwards, ...around, peersRow];
