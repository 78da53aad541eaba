// Tasks as functions, and runs of tasks.

export { resume } from "./flow/resume.ts";
export { abort } from "./run/abort.ts";
export type { Notice } from "./run/command/notice.ts";
export {
  type DecisionAnswer,
  type DecisionQuestion,
  type DoubtChoice,
  type DoubtQuestion,
  doubtChoices,
} from "./run/command/step-command.ts";
export { type DecideOptions, type DecideOutcome, decide } from "./run/decide.ts";
export {
  type Answer,
  type AskFunction,
  type AskOptions,
  defineTask,
  type FunctionTask,
  type StepAttempt,
  type StepFunction,
  type StepOptions,
  type StepWork,
  type TaskContext,
  type TaskOptions,
} from "./run/function/define-task.ts";
export type { RunMatch } from "./run/place/look-up.ts";
export type { PlaceOptions } from "./run/place/store.ts";
export { run } from "./run/run.ts";
export type {
  DriveOptions,
  MatchChoice,
  ResumeOptions,
  RunOptions,
  SnapshotOption,
} from "./run/session/options.ts";
export type { RunOutcome } from "./run/session/outcome.ts";

// Task files.

export type { FlowDefinition, FlowTask } from "./flow/flow-task.ts";
export { loadTask } from "./flow/load-task.ts";
export { type GivenInputs, loadInputs } from "./run/load-inputs.ts";
export {
  type AgentStep,
  type Argument,
  type Decision,
  type DecisionOption,
  type DecisionStep,
  type Effect,
  type EnvValue,
  type ForEach,
  type InputValue,
  type PlainStep,
  type ResolvedStep,
  type ResolvedTask,
  type SnapshotGlobs,
  type TaskAgent,
  type TaskInput,
  unwrittenEffects,
} from "./task/task.ts";
export { taskDigest } from "./task/task-json.ts";

// What would be done: dry runs.

export { type Plan, planResume, planRun } from "./run/plan.ts";

// Rehearsals.

export type { MockAgentOptions } from "./mock-agent/options.ts";
export { runMockAgent } from "./mock-agent/run-mock-agent.ts";

// Looking at runs and checking them. Nothing is written.

export type { ReadOptions } from "./run/place/find-run.ts";
export { listRuns, type RunSummary } from "./run/read/list.ts";
export { type LogPiece, readLogs } from "./run/read/logs.ts";
export { type ReadLedgerOptions, readLedger } from "./run/read/read-ledger.ts";
export { type ReadRunOptions, type RunView, readRun } from "./run/read/read-run.ts";
export { type StepView, showStep } from "./run/read/show.ts";
export { readTranscript, type TranscriptItem } from "./run/read/transcript.ts";
export { storeDirectory } from "./run/store-directory.ts";
export type { LedgerReport, VerifyReport } from "./run/verify/report.ts";
export { verifyAll, verifyLedger, verifyRun } from "./run/verify/verify.ts";

// What is wrong with a store, and mending it.

export { type DoctorOptions, type DoctorReport, doctor } from "./doctor/doctor.ts";
export type { Finding } from "./doctor/finding.ts";
export type { FindingCode } from "./doctor/finding-codes.ts";

// Snapshots of a workspace.

export { captureSnapshot, compareWithSnapshot, loadSnapshot, type SnapshotOptions } from "./run/snapshots.ts";
export { type ChangedFile, compareSnapshots, type SnapshotDifference } from "./snapshot/compare.ts";
export type { Manifest, ManifestFile } from "./snapshot/manifest.ts";

// Keys.

export { canonicalJson } from "./idempotency/canonical.ts";
export { chosenKey, idempotencyKey, type KeyParts } from "./idempotency/key.ts";

// Messages, and the entries that they become.

export type { CommandEntry, EventEntry, HeartbeatEntry, LedgerEntry, LogEntry } from "./ledger/entry.ts";
export type { Command } from "./protocol/command.ts";
export type { Event } from "./protocol/event.ts";
export { isFailure, isTerminal } from "./protocol/event-names.ts";
export type { AgentAddress, Artifact, ExpectedOutput, ObjectRef } from "./protocol/fields.ts";
export type { Heartbeat } from "./protocol/heartbeat.ts";
export type { Log } from "./protocol/log.ts";

// Run state and receipts.

export type { Receipt } from "./receipt/receipt-schema.ts";
export { replay } from "./runstate/replay.ts";
export type { CommandState, Ending, RunState } from "./runstate/state.ts";
export type { RunStateDocument, StepDocument } from "./runstate/state-schema.ts";

// Refusals, and the suggestions that go with them.

export { type ErrorCode, RunledgerError } from "./errors.ts";
export { StepFailed } from "./run/function/failures.ts";
export { likelySpelling } from "./task/spelling.ts";

// What comes in from outside, for those who replace a part of it.

export { type Clock, type Randomness, systemClock } from "./ports.ts";
export { systemWorld, type World } from "./run/place/world.ts";

// This package.

export { parseStrictJson } from "./run/parse-json.ts";
export { version } from "./version.ts";
