// Tasks as functions, and runs of tasks.

export { abort } from "./run/abort.ts";
export type { Notice } from "./run/command/notice.ts";
export { type DoubtChoice, type DoubtQuestion, doubtChoices } from "./run/command/step-command.ts";
export {
  defineTask,
  type FunctionTask,
  type StepAttempt,
  type StepFunction,
  type StepOptions,
  type StepWork,
  type TaskContext,
} from "./run/function/define-task.ts";
export type { RunMatch } from "./run/place/look-up.ts";
export type { PlaceOptions } from "./run/place/store.ts";
export { resume } from "./run/resume.ts";
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

export { type GivenInputs, loadInputs } from "./run/load-inputs.ts";
export { loadTask } from "./run/load-task.ts";
export {
  type AgentStep,
  type Argument,
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
export { taskSchema } from "./task/task-schema.ts";

// What would be done: dry runs.

export { type Plan, planResume, planRun } from "./run/plan.ts";

// Rehearsals.

export { type MockAgentOptions, runMockAgent } from "./mock-agent/mock-agent.ts";

// Looking at runs and checking them. Nothing is written.

export type { ReadOptions } from "./run/place/find-run.ts";
export { listRuns, type RunSummary } from "./run/read/list.ts";
export { type LogPiece, readLogs } from "./run/read/logs.ts";
export { type ReadLedgerOptions, readLedger } from "./run/read/read-ledger.ts";
export { type ReadRunOptions, type RunView, readRun } from "./run/read/read-run.ts";
export { type StepView, showStep } from "./run/read/show.ts";
export { storeDirectory } from "./run/store-directory.ts";
export { type LedgerReport, type VerifyReport, verifyAll, verifyLedger, verifyRun } from "./run/verify/verify.ts";

// What is wrong with a store, and mending it.

export { type DoctorOptions, type DoctorReport, doctor } from "./doctor/doctor.ts";
export type { Finding } from "./doctor/finding.ts";
export type { FindingCode } from "./doctor/finding-codes.ts";

// Snapshots of a workspace.

export { captureSnapshot, compareWithSnapshot, loadSnapshot, type SnapshotOptions } from "./run/snapshots.ts";
export { type ChangedFile, compareSnapshots, type SnapshotDifference } from "./snapshot/compare.ts";
export type { Manifest, ManifestFile } from "./snapshot/manifest.ts";
export { manifestSchema } from "./snapshot/manifest-schema.ts";

// Keys.

export { canonicalJson } from "./idempotency/canonical.ts";
export { chosenKey, idempotencyKey, type KeyParts } from "./idempotency/key.ts";

// Messages, and the entries that they become.

export type { CommandEntry, EventEntry, HeartbeatEntry, LedgerEntry, LogEntry } from "./ledger/entry.ts";
export { entrySchema as ledgerEntry } from "./ledger/entry-schema.ts";
export { type Command, commandSchema } from "./protocol/command.ts";
export { type Event, eventSchema } from "./protocol/event.ts";
export { isFailure, isTerminal } from "./protocol/event-names.ts";
export type { AgentAddress, Artifact, ExpectedOutput, ObjectRef } from "./protocol/fields.ts";
export { type Heartbeat, heartbeatSchema } from "./protocol/heartbeat.ts";
export { type Log, logSchema } from "./protocol/log.ts";

// Run state and receipts.

export { type Receipt, receiptSchema } from "./receipt/receipt-schema.ts";
export { replay } from "./runstate/replay.ts";
export type { CommandState, Ending, RunState } from "./runstate/state.ts";
export { type RunStateDocument, runStateSchema, type StepDocument } from "./runstate/state-schema.ts";

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
