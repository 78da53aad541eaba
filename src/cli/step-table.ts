import type { Artifact, StepDocument } from "../index.ts";
import { itemsText } from "./batch-progress.ts";
import type { Output } from "./output.ts";
import { dim, green, type Part, red, yellow } from "./parts.ts";
import { printTable } from "./table.ts";
import { between, countText, sizeText } from "./times.ts";

/** Prints where each step stands. */
export function printSteps(output: Output, steps: readonly StepDocument[]): void {
  if (steps.length === 0) output.line(dim("no steps yet"));
  else printTable(output, ["step", "status", "attempts", "took", "receipt", ""], steps.map(row));
}

function row(step: StepDocument): Part[] {
  const { started_at: startedAt, terminal, receipt } = step;
  // Of a function's step that has no command entry, the start is not known: it says the time of its end.
  const isKnown = startedAt !== undefined && terminal !== undefined && startedAt !== terminal.at;
  const took = isKnown ? between(startedAt, terminal.at) : "";
  return [step.step, statusPart(step.status), String(step.attempts), took, String(receipt ?? ""), dim(remark(step))];
}

function remark({ error, blocked_by: blockedBy, outcome, batch }: StepDocument): string {
  if (batch !== undefined) return batchText(batch);
  if (error !== undefined) return `${error.code}: ${error.message}`;
  if (blockedBy !== undefined) return `blocked by ${blockedBy.join(", ")}`;
  return outcome ?? "";
}

/** `9,900 of 10,000 items completed, 100 failed`. */
export function batchText(batch: NonNullable<StepDocument["batch"]>): string {
  const { total, completed, queued, running, in_doubt: inDoubt, failed, skipped } = batch;
  const others = Object.entries({ running, "in doubt": inDoubt, failed, skipped, "not started": queued });
  const counts = others.filter(([, count]) => count > 0).map(([name, count]) => `${countText(count)} ${name}`);
  return [`${countText(completed)} of ${itemsText(total)} completed`, ...counts].join(", ");
}

/** Prints the items that failed, and those that are in doubt or running. */
export function printItems(output: Output, { step, batch }: StepDocument): void {
  if (batch === undefined || batch.failures.length + batch.current.length === 0) return;
  output.line("");
  for (const { item, code, message } of batch.failures)
    output.line(red("✗ "), `${step}[${item}]`, dim(`  ${code}: ${message}`));
  for (const item of batch.current) output.line(yellow("… "), `${step}[${item}]`);
  const more = batch.failed + batch.running + batch.in_doubt - batch.failures.length - batch.current.length;
  if (more > 0) output.line(dim(`  and ${itemsText(more)} more`));
}

/** A status in its colour and for people: `in_doubt` is `in doubt`. */
export function statusPart(status: string): Part {
  const text = status.replaceAll("_", " ");
  if (status === "completed") return green(text);
  if (status === "failed" || status === "aborted" || status === "unreadable") return red(text);
  return status === "pending" ? text : yellow(text);
}

/** Prints each artifact with its digest; nothing if there are none. */
export function printArtifacts(output: Output, artifacts: StepDocument["artifacts"] | readonly Artifact[]): void {
  if (artifacts === undefined) return;
  // A list that is too long for an entry is stored by its content.
  if (!isList(artifacts)) output.line(dim(`  artifacts: object ${artifacts.$object.sha256}`));
  else for (const { path, sha256, size } of artifacts) output.line("  ", path, dim(`  ${sha256}  ${sizeText(size)}`));
}

function isList<Item>(value: readonly Item[] | object): value is readonly Item[] {
  return Array.isArray(value);
}
