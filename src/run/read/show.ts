import type { Artifact, ExpectedOutput } from "../../protocol/fields.ts";
import { isPacked } from "../../receipt/receipt.ts";
import { batchOfRef } from "../../runstate/batch.ts";
import { type DocumentView, runStateDocument, stepDocument } from "../../runstate/document.ts";
import type { CommandState, RunState } from "../../runstate/state.ts";
import type { StepDocument } from "../../runstate/state-schema.ts";
import { itemOfRef } from "../../task/items.ts";
import { type FoundRun, findRun, type ReadOptions, readingRun } from "../place/find-run.ts";
import { seenOwner } from "../place/seen-owner.ts";
import { type AttemptView, commandHistory } from "./attempts.ts";
import { checkedFold, notesOf } from "./fold.ts";
import { namedSteps } from "./named-steps.ts";
import { objectsOf, RecordedValues } from "./recorded-values.ts";
import { stepUnknown } from "./step-unknown.ts";

/** Everything that is known of one step. Members that do not apply are absent. */
export interface StepView {
  readonly version: 1;
  readonly run_id: string;
  readonly step: StepDocument;
  /** What its key is made of, as `runledger key` and `idempotencyKey` take it; not for a key that the caller chose. */
  readonly key_parts?: KeyPartsView;
  /** As recorded, large values read back; with the engine's `$runledger`. */
  readonly inputs?: Record<string, unknown>;
  readonly attempts: readonly AttemptView[];
  /** Of the terminal event, large values read back. What a plain command printed stays a reference if it is large. */
  readonly payload?: Record<string, unknown>;
  readonly artifacts?: readonly Artifact[];
  readonly receipt?: ReceiptPlace;
  readonly notes: readonly string[];
}

interface KeyPartsView {
  readonly action: string;
  readonly task_id: string;
  readonly snapshot_id: string;
  readonly inputs: Record<string, unknown>;
  readonly expected_outputs: readonly ExpectedOutput[];
}

interface ReceiptPlace {
  /** Its number among the run's receipts. */
  readonly n: number;
  /** The file that holds it, alone or as one of its lines. Absolute. */
  readonly file: string;
}

/**
 * Shows one step, named by its id or by its key (a function may call one id with several inputs; the id means the call
 * that came last). Nothing is written or locked. `STEP_UNKNOWN`, `RUN_NOT_FOUND`, `LEDGER_DAMAGED` and the like.
 */
export function showStep(options: ReadOptions & { runId: string; step: string }): StepView {
  const found = findRun(options);
  return readingRun(found.runId, () => viewOf(found, options.step));
}

function viewOf(found: FoundRun, asked: string): StepView {
  const { world, run, runId } = found;
  const { owner, exists } = seenOwner(world, run);
  const fold = checkedFold(world, run);
  const { state } = fold;
  const alive = exists && state.status === "running";
  const notes = notesOf(fold, alive);
  const steps = namedSteps(world, run) ?? [];
  const command = commandOf(state, asked);
  const step = documentOf(found, state, asked, { steps, alive, pid: owner?.pid ?? world.host.pid });
  const base = { version: 1, run_id: runId, step } as const;
  if (command === undefined) return { ...base, attempts: [], notes };
  const back = new RecordedValues(objectsOf(found));
  const view = commandView(found, state, command, alive, back);
  return { ...base, ...view, notes: [...notes, ...back.notes, ...otherCalls(state, command)] };
}

/** A step, or an item by its `step[item]`. `STEP_UNKNOWN`. */
function documentOf(found: FoundRun, state: RunState, asked: string, view: DocumentView): StepDocument {
  const command = commandOf(state, asked);
  const ref = command?.step ?? asked;
  const batch = batchOfRef(state, ref);
  if (batch !== undefined) {
    const items = new RecordedValues(objectsOf(found)).value(batch.items);
    const isListed = Array.isArray(items) && items.includes(itemOfRef(ref)?.item);
    if (command !== undefined || isListed) return stepDocument(state, ref, command, view);
  }
  const { steps } = runStateDocument(state, view);
  const step = steps.find(({ step, key }) => (command === undefined ? step === asked : key === command.key));
  if (step !== undefined) return step;
  throw stepUnknown(
    found.runId,
    asked,
    steps.map((each) => each.step),
  );
}

/** By id, or by key. */
function commandOf({ commands, keyOfStep }: RunState, asked: string): CommandState | undefined {
  return commands.get(keyOfStep.get(asked) ?? asked);
}

function commandView(found: FoundRun, state: RunState, command: CommandState, alive: boolean, back: RecordedValues) {
  const { run } = found;
  const { attempts, expectedOutputs, ...recorded } = commandHistory(found, state, command, alive, back);
  const inputs = back.members(recorded.inputs);
  const { ended, action, key } = command;
  const parts = { action, task_id: state.taskId, snapshot_id: state.snapshotId, inputs };
  const file = (n: number) => (isPacked(command) ? run.callReceipts(state.taskId) : run.receipt(state.taskId, n));
  return {
    ...(key.startsWith("ik:") ? { key_parts: { ...parts, expected_outputs: expectedOutputs } } : {}),
    inputs,
    attempts,
    ...(ended && {
      payload: back.members(recorded.payload),
      artifacts: artifactsOf(back, ended.artifacts),
      receipt: { n: ended.n, file: file(ended.n) },
    }),
  };
}

function artifactsOf(back: RecordedValues, recorded: unknown): Artifact[] {
  const artifacts = back.value(recorded);
  return Array.isArray(artifacts) ? artifacts : [];
}

/** Calls of the same step with other inputs. */
function otherCalls(state: RunState, command: CommandState): string[] {
  const calls = [...state.commands.values()].filter(({ step }) => step === command.step);
  if (calls.length === 1) return [];
  const keys = calls.filter((call) => call !== command).map(({ key }) => key);
  const shown = keys.slice(0, 10).join(", ");
  return [`called ${calls.length} times with different inputs; show another by its key: ${shown}`];
}
