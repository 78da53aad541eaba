import { RunledgerError } from "../errors.ts";
import type { ReadOptions } from "../run/place/find-run.ts";
import { findPlace, type Place } from "../run/place/store.ts";
import { asRunledgerError, loaded } from "../run/place/system-error.ts";
import { systemWorld, type World } from "../run/place/world.ts";
import type { Finding } from "./finding.ts";
import type { Mending } from "./mend.ts";

export interface DoctorOptions extends ReadOptions {
  /** Only this run. Default: the whole store. */
  runId?: string | undefined;
  /** Mend what can be mended, after a back-up. Default false: nothing is written, not even a lock. */
  fix?: boolean | undefined;
}

/** What `doctor` found, and did. */
export interface DoctorReport {
  readonly version: 1;
  /** Absolute. */
  readonly store: string;
  /** Whether it was to fix what it found. */
  readonly fix: boolean;
  /** True if no error is left. */
  readonly ok: boolean;
  /** How many runs were looked at. */
  readonly runs: number;
  /** The directory with copies of what was changed; absent if nothing was. */
  readonly backup?: string;
  /** Errors first. */
  readonly findings: readonly Finding[];
}

/**
 * Examines a store: its runs, what they left behind, and what it stands on. With `fix`, mends what can be mended
 * without going on with any run, each run under its lock; one that a process works on is left alone. Damage to what was
 * acknowledged is never mended.
 *
 * Rejects with `FILE_NOT_FOUND` (no workspace, no store), `RUN_NOT_FOUND`, `ID_INVALID`, `PERMISSION`, `READ_FAILED`,
 * `WRITE_FAILED`. Without room for a back-up nothing is changed, and `FIX_FAILED` is found.
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const { world = systemWorld, runId, fix = false } = options;
  try {
    const place = findPlace(world, options);
    refuseMissingStore(world, place);
    return await examine(world, place, runId, fix);
  } catch (error) {
    throw asRunledgerError(error, "the store cannot be examined", fix ? "WRITE_FAILED" : "READ_FAILED");
  }
}

async function examine(world: World, place: Place, runId: string | undefined, fix: boolean): Promise<DoctorReport> {
  const [{ diagnose }, { mend }, { carriedTokens }] = await loaded(
    Promise.all([import("./diagnose.ts"), import("./mend.ts"), import("./processes.ts")]),
  );
  const before = await diagnose(world, place, runId);
  const mending = fix ? await mend({ world, place, carriedTokens: carriedTokens(world) }, before.findings) : undefined;
  const after = mending === undefined ? before : await diagnose(world, place, runId);
  const findings = mending === undefined ? before.findings : compared(before.findings, after.findings, mending);
  return {
    version: 1,
    store: place.layout.store,
    fix,
    ok: !findings.some(({ severity, fixed }) => severity === "error" && fixed !== true),
    runs: after.runs,
    ...(mending?.backup === undefined ? {} : { backup: mending.backup }),
    findings: findings.toSorted((a, b) => rank[a.severity] - rank[b.severity]),
  };
}

const rank = { error: 0, warning: 1, info: 2 };

/** What was fixed is what is found no more: nobody's word is taken for it. */
function compared(before: readonly Finding[], after: readonly Finding[], { obstacles }: Mending): Finding[] {
  const left = new Set(after.map(keyOf));
  const tried = before.filter(({ fix }) => fix.possible);
  const triedKeys = new Set(tried.map(keyOf));
  const fixed = tried.filter((each) => !left.has(keyOf(each))).map((each) => ({ ...each, fixed: true }));
  const remaining = after.map((each) => (triedKeys.has(keyOf(each)) ? { ...each, fixed: false } : each));
  return [...fixed, ...remaining, ...obstacles.filter((each) => !left.has(keyOf(each)))];
}

function keyOf({ code, run_id: runId, file }: Finding): string {
  return JSON.stringify([code, runId, code === "RUN_OWNED" ? undefined : file]);
}

function refuseMissingStore({ disk }: World, { layout }: Place): void {
  if (disk.stat(layout.store)?.kind === "directory") return;
  throw new RunledgerError("FILE_NOT_FOUND", `there is no store at ${layout.store}: nothing was examined`, {
    hint: "Name the store, or the workspace that has it: --store DIR / --workspace DIR",
    details: { store: layout.store },
  });
}
