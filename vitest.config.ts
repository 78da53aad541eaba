import { defineConfig } from "vitest/config";
import { countsReporter } from "./test/faults/counts-reporter.ts";
import { nightly } from "./test/faults/night.ts";

/** Where a machine wants to read the counts: TEST_REPORT=file. */
const report = process.env["TEST_REPORT"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build.ts"],
    testTimeout: 60_000 * nightly,
    hookTimeout: 60_000 * nightly,
    maxWorkers: 2,
    reporters: ["default", countsReporter, ...(report === undefined ? [] : ["json"])],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
});
