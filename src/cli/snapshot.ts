import { captureSnapshot, compareWithSnapshot, type Manifest, type SnapshotDifference } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import type { Output } from "./output.ts";
import { bold, green, red, yellow } from "./parts.ts";
import { placeOf } from "./place.ts";
import { printFacts } from "./table.ts";
import { countText, sizeText } from "./times.ts";

export const command = defineCommand({
  name: "snapshot",
  summary: "say what the workspace's files are by content, or what changed since a snapshot",
  options: {
    ...placeOptions,
    compare: { value: "SNAPSHOT_ID", says: "a snapshot of the store to compare with, under its own globs" },
    ...jsonOption,
  },
  notes: [
    "Nothing is written. With --json the document is the manifest (schemas/v1/snapshot-manifest), or the difference.",
  ],
  examples: ["runledger snapshot", "runledger snapshot --compare snap-2c0f0fe7b94e", "runledger snapshot --json"],
  async perform(given, output) {
    const compared = given.text("compare");
    if (compared === undefined) {
      const manifest = await captureSnapshot(placeOf(given));
      if (output.json) output.document(manifest);
      else printManifest(output, manifest);
    } else {
      const comparison = await compareWithSnapshot(compared, placeOf(given));
      if (output.json) output.document(documentOf(comparison));
      else printDifference(output, comparison);
    }
    return 0;
  },
});

function printManifest(output: Output, manifest: Manifest): void {
  const { files, rules } = manifest;
  const sizeBytes = files.reduce((sum, { size }) => sum + size, 0);
  const leftOut = Object.entries(rules.left_out).filter(([, count]) => count > 0);
  output.line(bold(manifest.snapshot_id));
  printFacts(output, {
    digest: manifest.digest,
    files: `${countText(files.length)}, ${sizeText(sizeBytes)}`,
    "left out":
      leftOut.map(([why, count]) => `${countText(count)} ${why.replaceAll("_", " ")}`).join(", ") || "nothing",
    "ignore files": rules.ignore_files.join(", ") || "none",
  });
}

interface Comparison {
  readonly before: Manifest;
  readonly after: Manifest;
  readonly difference: SnapshotDifference;
}

function documentOf({ before, after, difference }: Comparison): Record<string, unknown> {
  return { version: 1, before: before.snapshot_id, after: after.snapshot_id, ...difference };
}

function printDifference(output: Output, { before, after, difference }: Comparison): void {
  const { added, removed, changed } = difference;
  for (const path of added) output.line(green("added    "), path);
  for (const path of removed) output.line(red("removed  "), path);
  for (const { path } of changed) output.line(yellow("changed  "), path);
  const counts = `${added.length} added, ${removed.length} removed, ${changed.length} changed`;
  output.line(bold(before.snapshot_id), " → ", bold(after.snapshot_id), `  ${counts}`);
}
