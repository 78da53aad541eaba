import { RunledgerError } from "../index.ts";
import type { Output } from "./output.ts";
import { bold, dim, red } from "./parts.ts";

/** Says what went wrong and what to type next; with `--json` as a document, too. The exit status of the error. */
export function reportError(output: Output, error: unknown): number {
  if (output.json) output.document({ version: 1, error: errorFacts(error) });
  return sayError(output, error);
}

/** An error as documents have it. */
export function errorFacts(error: unknown): Record<string, unknown> {
  const { code, message, hint, exitStatus, details } = asRefusal(error);
  return { code, message, hint: hint ?? null, exit_status: exitStatus, details };
}

/** Says it to people alone. The exit status of the error. */
export function sayError(output: Output, error: unknown): number {
  const { code, message, hint, exitStatus } = asRefusal(error);
  const [sentence = "", ...more] = message.split("\n");
  output.aside(red("runledger"), ": ", bold(code), ": ", sentence);
  for (const line of more) output.aside(line);
  for (const line of (hint ?? "").split("\n")) if (line !== "") output.aside(dim(line));
  if (process.env["RUNLEDGER_DEBUG"] === "1") showOrigin(output, error);
  return exitStatus;
}

/** What is not typed is our own fault: exit 70. */
function asRefusal(error: unknown): RunledgerError {
  if (error instanceof RunledgerError) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new RunledgerError("INVARIANT", `something unforeseen: ${message}`, {
    hint: "This is a bug in runledger: please report it, with what RUNLEDGER_DEBUG=1 shows. The ledger on the disk is safe.",
    cause: error,
  });
}

function showOrigin(output: Output, error: unknown): void {
  for (let each = error; each instanceof Error; each = each.cause) {
    for (const line of (each.stack ?? "").split("\n")) output.aside(dim(line));
  }
}
