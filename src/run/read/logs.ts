import type { EventEntry, LogEntry } from "../../ledger/entry.ts";
import { readEntries } from "../../ledger/read.ts";
import { type FoundRun, findRun, type ReadOptions } from "../place/find-run.ts";
import { asRunledgerError } from "../place/system-error.ts";
import { captured, fileChunks } from "./captured-bytes.ts";
import { namedSteps } from "./named-steps.ts";
import { objectsOf, RecordedValues } from "./recorded-values.ts";
import { stepUnknown } from "./step-unknown.ts";
import { isOfStep } from "./step-wanted.ts";

/** A piece of what was printed. A stream may come in several pieces, one after the other. */
export interface LogPiece {
  /** `log`: a log message of an agent, as one line; `agent-stderr`: what an agent printed beside the protocol. */
  readonly source: "stdout" | "stderr" | "log" | "agent-stderr";
  readonly step?: string;
  readonly attempt?: number;
  /** Of `agent-stderr`: one file holds what the agent printed for all its steps. */
  readonly agent?: string;
  /** When it was recorded. */
  readonly at?: string;
  /** Redacted, otherwise as printed: control characters are in it, and a character may be cut in two. */
  readonly bytes: Uint8Array;
}

/**
 * What the steps of a run printed, in the order of the ledger, then what each agent printed on stderr. `step`: only
 * that step's or item's, or those of all items of a step (without log messages: they do not say whose they are).
 * Streams, whatever was printed. Throws, when it gets there, `STEP_UNKNOWN`, `RUN_NOT_FOUND`, `LEDGER_DAMAGED`,
 * `PERMISSION`, `READ_FAILED` and the like; behind all the rest what is wrong with objects: `OBJECT_NOT_FOUND`,
 * `OBJECT_DAMAGED`, `PERMISSION`, `READ_FAILED`.
 */
export function* readLogs(options: ReadOptions & { runId: string; step?: string | undefined }): Generator<LogPiece> {
  const found = findRun(options);
  const back = new RecordedValues(objectsOf(found));
  try {
    const agents = yield* recordedPieces(found, options.step, back);
    for (const agent of agents) yield* stderrPieces(found, agent);
    back.refuseFaults(found.runId);
  } catch (error) {
    throw asRunledgerError(error, `the logs of ${found.runId} cannot be read`, "READ_FAILED");
  }
}

/** Returns the agents that were sent something. */
function* recordedPieces(
  found: FoundRun,
  wanted: string | undefined,
  back: RecordedValues,
): Generator<LogPiece, Set<string>> {
  const agents = new Set<string>();
  const steps = new Set(namedSteps(found.world, found.run));
  for (const entry of readEntries(found.world.disk, found.run)) {
    if (entry.kind === "log" && wanted === undefined) yield logPiece(entry);
    if (entry.kind !== "command" && entry.kind !== "event") continue;
    const step = entry.kind === "event" ? (entry.step ?? entry.command?.step) : entry.step;
    if (step !== undefined) steps.add(step);
    if (wanted !== undefined && !isOfStep(wanted, step)) continue;
    if (entry.kind === "event") yield* outputPieces(found, back, entry);
    else if (entry.to.agent_id !== undefined) agents.add(entry.to.agent_id);
  }
  if (wanted !== undefined && !steps.has(wanted)) throw stepUnknown(found.runId, wanted, steps);
  return agents;
}

/** What a plain command printed: with how it ended or, when its time-out had passed, with the doubt. */
function* outputPieces(found: FoundRun, back: RecordedValues, entry: EventEntry): Generator<LogPiece> {
  if (entry.from.agent_type !== "exec" && entry.event !== "step.in_doubt") return;
  const { result } = back.members(entry.payload) as { result?: Record<string, unknown> };
  const { at, attempt, step } = entry;
  const about = { at, ...(step === undefined ? {} : { step }), ...(attempt === undefined ? {} : { attempt }) };
  for (const source of ["stdout", "stderr"] as const) {
    for (const bytes of captured(found, back, result?.[source], `${step} ${source}`)) yield { source, ...about, bytes };
  }
}

function* stderrPieces({ world, run }: FoundRun, agent: string): Generator<LogPiece> {
  const file = run.agentStderr(agent);
  if (world.disk.stat(file)?.kind !== "file") return;
  for (const bytes of fileChunks(world.disk, file)) yield { source: "agent-stderr", agent, bytes };
}

function logPiece({ at, level, message, fields }: LogEntry): LogPiece {
  const more = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
  return { source: "log", at, bytes: Buffer.from(`${level}: ${message}${more}\n`) };
}
