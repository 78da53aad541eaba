import type { Plan } from "../index.ts";
import type { Output } from "./output.ts";
import { bold, dim, green, type Part, red, yellow } from "./parts.ts";
import { printNotes } from "./run-facts.ts";
import { printFacts, printTable } from "./table.ts";
import { countText } from "./times.ts";

/** Prints what a dry run found. The exit status: 0. */
export function showPlan(output: Output, plan: Plan): number {
  if (output.json) output.document(plan);
  else printPlan(output, plan);
  return 0;
}

function printPlan(output: Output, plan: Plan): void {
  printFacts(output, {
    run: bold(plan.run_id ?? "a new run"),
    task: plan.task_id,
    snapshot: `${plan.snapshot_id}  ${countText(plan.files)} files`,
    "effect not written": plan.unwritten_effects.length === 0 ? undefined : plan.unwritten_effects.join(", "),
  });
  for (const { path, kind } of plan.drift) output.line(yellow("drift  "), path, dim(`  ${kind}`));
  printNotes(output, plan.notes);
  output.line("");
  const rows = plan.steps.map((step) => [
    step.step,
    step.action,
    step.effect ?? "",
    whatPart(step),
    itemsPart(step),
    step.needs.join(", "),
  ]);
  printTable(output, ["step", "action", "effect", "would be", "items", "needs"], rows);
  output.line("");
  output.line(dim("This was a dry run: nothing was written or started."));
}

const wordsOf: Record<Plan["steps"][number]["what"], Part> = {
  reuse: green("reused"),
  send: "sent",
  "send again": yellow("sent again"),
  "in doubt": yellow("in doubt"),
  retry: yellow("tried again"),
  failed: red("failed, and left so"),
  skipped: yellow("skipped"),
  blocked: red("blocked"),
  waits: "sent when its needs are done",
};

/** Of how many items the list is known, and how many of them are not done. */
function itemsPart({ items }: Plan["steps"][number]): string {
  return items === undefined ? "" : `${countText(items.open)} of ${countText(items.total)}`;
}

function whatPart({ what, choice }: Plan["steps"][number]): Part {
  return choice === undefined ? wordsOf[what] : yellow(`${what}: ${choice}`);
}
