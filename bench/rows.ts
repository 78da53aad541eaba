import type { Row } from "./row.ts";
import { batch } from "./rows/batch.ts";
import { bytes } from "./rows/bytes.ts";
import { latency } from "./rows/latency.ts";
import { output } from "./rows/output.ts";
import { peersRow } from "./rows/peers.ts";
import { replay } from "./rows/replay.ts";
import { resume } from "./rows/resume.ts";
import { start } from "./rows/start.ts";
import { steps, together } from "./rows/steps.ts";
import { syncs } from "./rows/syncs.ts";

/** Every row, in the order of the table. */
export const rows: readonly Row[] = [
  steps,
  together,
  latency,
  syncs,
  bytes,
  resume,
  replay,
  batch,
  output,
  start,
  peersRow,
];
