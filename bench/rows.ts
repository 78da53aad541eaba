import type { Row } from "./row.ts";
import { steps } from "./rows/steps.ts";

/** Every row, in the order of the table. */
export const rows: readonly Row[] = [steps];
