import path from "node:path";
import { RunledgerError } from "../errors.ts";

/** Every path of a store, computed here and nowhere else. */
export interface StoreLayout {
  readonly store: string;
  readonly gitignore: string;
  readonly startLock: string;
  readonly runs: string;
  readonly snapshots: string;
  readonly objects: string;
  /** Where all runs write: `snapshots`, and `objects` with what contains it, the deepest first. */
  readonly shared: readonly string[];
  readonly cache: string;
  readonly statCache: string;
  /** Copies that `doctor --fix` made before it changed anything. */
  readonly backups: string;
  run(runId: string): RunLayout;
  manifest(snapshotId: string): string;
  /** `sha256`: `sha256:<64 hex>` */
  object(sha256: string): string;
}

export interface RunLayout {
  readonly directory: string;
  readonly ledger: string;
  readonly watermark: string;
  readonly lock: string;
  readonly task: string;
  readonly runState: string;
  readonly receipts: string;
  receiptsOf(taskId: string): string;
  receipt(taskId: string, n: number): string;
  callReceipts(taskId: string): string;
  readonly agents: string;
  agent(agentId: string): string;
  agentStderr(agentId: string): string;
  tornLedger(hex8: string): string;
  /** What could not be written into the ledger. */
  readonly failedLedger: string;
}

/** The layout of the store at `store` (an absolute path). */
export function storeLayout(store: string): StoreLayout {
  const at = below(store);
  return {
    store,
    gitignore: at(".gitignore"),
    startLock: at("start.lock"),
    runs: at("runs"),
    snapshots: at("snapshots"),
    objects: at("objects", "sha256"),
    shared: [at("snapshots"), at("objects", "sha256"), at("objects")],
    cache: at("cache"),
    statCache: at("cache", "stat"),
    backups: at("backups"),
    run: (runId) => runLayout(at("runs", checkedId(runId, "run id"))),
    manifest: (snapshotId) => at("snapshots", `${checkedId(snapshotId, "snapshot id")}.manifest.json`),
    object: (sha256) => {
      const hex = sha256.slice("sha256:".length);
      return at("objects", "sha256", hex.slice(0, 2), hex.slice(2));
    },
  };
}

function runLayout(directory: string): RunLayout {
  const at = below(directory);
  const receiptsOf = (taskId: string, ...names: string[]) => at("receipts", checkedId(taskId, "task id"), ...names);
  return {
    directory,
    ledger: at("ledger.ndjson"),
    watermark: at("watermark"),
    lock: at("lock"),
    task: at("task.json"),
    runState: at("run.json"),
    receipts: at("receipts"),
    receiptsOf,
    receipt: (taskId, n) => receiptsOf(taskId, `step-${n}.json`),
    callReceipts: (taskId) => receiptsOf(taskId, "calls.ndjson"),
    agents: at("agents"),
    agent: (agentId) => at("agents", checkedId(agentId, "agent id")),
    agentStderr: (agentId) => at("agents", checkedId(agentId, "agent id"), "stderr.log"),
    tornLedger: (hex8) => at(`ledger.torn-${hex8}`),
    failedLedger: at("ledger.failed.ndjson"),
  };
}

/** Not `path.join`, which looks at each character: for the paths of one run that is half a millisecond of a start. */
function below(directory: string): (...names: string[]) => string {
  return (...names) => [directory, ...names].join(path.sep);
}

/** Where an agent of the kit keeps its memory, in the directory that it was given for it. */
export function agentMemory(stateDirectory: string): AgentMemoryLayout {
  const at = (...parts: string[]) => path.join(stateDirectory, "memory", ...parts);
  return {
    directory: at(),
    answer: (key) => at(`${checkedId(key.replace(":", "-"), "idempotency key")}.json`),
    scriptPosition: (action, position) => at(`${checkedId(`script-${action}`, "action")}.${position}`),
  };
}

interface AgentMemoryLayout {
  readonly directory: string;
  /** What is remembered of the command with that key. */
  answer(key: string): string;
  /** Taken by the first who creates it: a response of a mock agent's script, counted from 1. */
  scriptPosition(action: string, position: number): string;
}

/**
 * Where what belongs into `failedLedger` is kept when the store's disk is full: in the user's state directory (XDG Base
 * Directory Specification). Undefined if the environment names none.
 */
export function failedLedgerElsewhere(
  environment: Readonly<Record<string, string | undefined>>,
  runId: string,
): { readonly directory: string; readonly file: string } | undefined {
  const { XDG_STATE_HOME: state, HOME: home } = environment;
  const parent = state?.startsWith("/")
    ? state
    : home?.startsWith("/")
      ? path.join(home, ".local", "state")
      : undefined;
  if (parent === undefined) return undefined;
  const directory = path.join(parent, "runledger");
  return { directory, file: path.join(directory, `${checkedId(runId, "run id")}.failed.ndjson`) };
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const deviceName = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** True if `id` may become part of a path: `^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`, no `..`, no device name of Windows. */
export function isPathId(id: string): boolean {
  return idPattern.test(id) && !id.includes("..") && !deviceName.test(id);
}

/** True for the ids that runs are given: `run-YYYYMMDD-HHMMSS-<8 hex>`. */
export function isRunId(id: string): boolean {
  return /^run-\d{8}-\d{6}-[0-9a-f]{8}$/.test(id);
}

/** `id`, if it may become part of a path; else `ID_INVALID` naming `what`. */
export function checkedId(id: string, what: string): string {
  if (isPathId(id)) return id;
  throw new RunledgerError("ID_INVALID", `not a ${what}: ${JSON.stringify(id)}`, {
    hint: "Ids are 1 to 128 letters, digits, dots, dashes and underscores, start with a letter or digit, and have no '..'.",
    details: { id },
  });
}
