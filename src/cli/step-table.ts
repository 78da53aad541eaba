import type { Artifact, StepDocument } from "../index.ts";
import type { Output } from "./output.ts";
import { dim, green, type Part, red, yellow } from "./parts.ts";
import { printTable } from "./table.ts";
import { between, sizeText } from "./times.ts";

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

function remark({ status, error, blocked_by: blockedBy, outcome, decision, decided }: StepDocument): string {
  if (error !== undefined) return `${error.code}: ${error.message}`;
  if (decided !== undefined)
    return decided.note === undefined ? `decided: ${decided.choice}` : `decided: ${decided.choice} (${decided.note})`;
  if (decision !== undefined && status === "pending") return `waits for a decision: ${decision.prompt}`;
  if (blockedBy !== undefined) return `blocked by ${blockedBy.join(", ")}`;
  return outcome ?? "";
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
