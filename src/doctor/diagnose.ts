import { locateRun } from "../run/place/find-run.ts";
import { runIds } from "../run/place/look-up.ts";
import { seenOwner } from "../run/place/seen-owner.ts";
import type { Place } from "../run/place/store.ts";
import type { World } from "../run/place/world.ts";
import { examine } from "../run/verify/examine.ts";
import { locateForCheck } from "../run/verify/locate.ts";
import type { ExaminedRun, ExaminedStore } from "./examined-run.ts";
import { fileSystemFindings, freeSpaceFindings, lockFindings } from "./file-system.ts";
import { type Finding, looking, unfixable } from "./finding.ts";
import { kindOf } from "./finding-codes.ts";
import { keptEventFindings } from "./kept-events.ts";
import { kindsOfRun, kindsOfStore } from "./kinds.ts";
import { ownerFindings } from "./owners.ts";
import { permissionsOfRun, permissionsOfStore } from "./permissions.ts";
import { carriedTokens, processFindings } from "./processes.ts";
import { recordFindings } from "./records.ts";
import { runStateFindings } from "./run-state.ts";
import { setAsideOfRun, setAsideOfStore } from "./set-aside.ts";
import { temporariesOfRun, temporariesOfStore } from "./temporaries.ts";
import { isNoRun, unbornFindings } from "./unborn.ts";
import { type NamedObjects, namedObjects, unreferencedFindings } from "./unreferenced.ts";

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** How many runs were looked at. */
  readonly runs: number;
}

/** Looks at a store, or (`runId`) at one run of it. Nothing is written or created. */
export async function diagnose(world: World, place: Place, runId: string | undefined): Promise<Diagnosis> {
  const store = { world, place, carriedTokens: carriedTokens(world) };
  const findings = looking({ file: place.layout.store }, () => kindsOfStore(store));
  // Where no runs can be, nothing else can be told: all objects would seem to be unreferenced.
  if (findings.some(({ file }) => file === place.layout.runs)) return { findings, runs: 0 };
  // Of the runs before only what they name is kept: there may be many.
  const named: NamedObjects[] = [];
  for (const each of runIdsToExamine(store, runId)) {
    const examined = examineRun(store, each);
    findings.push(...(await runFindings(examined)));
    // One that is worked on may be about to name more.
    named.push(examined.alive ? undefined : namedObjects(examined));
  }
  if (runId === undefined) findings.push(...storeFindings(store, named));
  return { findings: withoutBarredFixes(findings), runs: named.length };
}

/** Nothing is mended for which a lock is needed that cannot be taken, nor in a store in which nothing can be kept. */
function withoutBarredFixes(findings: readonly Finding[]): Finding[] {
  const barred = findings.filter(({ code }) => code === "KIND_WRONG").map(({ run_id: runId }) => runId);
  if (barred.length === 0) return [...findings];
  const isBarred = ({ code, run_id: runId }: Finding) =>
    barred.includes(undefined) || barred.includes(runId) || kindOf(code).locksRuns === true;
  const advice = "Move away first what KIND_WRONG names, then type the same again.";
  return findings.map((each) => (isBarred(each) ? unfixable(each, advice) : each));
}

/** What each run of the store names. The caller holds the locks of all. */
export function namedByAll(store: ExaminedStore): NamedObjects[] {
  return runIdsToExamine(store, undefined).map((runId) => namedObjects(examineRun(store, runId, true)));
}

function runIdsToExamine({ world, place }: ExaminedStore, runId: string | undefined): string[] {
  if (runId !== undefined) return [runId];
  return runIds(world, place).filter((each) => !isNoRun({ world, place }, each));
}

/** `owned`: the caller holds the run's lock, so whoever seems to work on it does not. */
export function examineRun(store: ExaminedStore, runId: string, owned = false): ExaminedRun {
  const { world, place } = store;
  const options = { world, workspace: place.workspace, store: place.layout.store, runId };
  // Before the ledger is read: a run that ends meanwhile would pass for one whose process died.
  const { owner, exists } = seenOwner(world, locateRun(options).run);
  const located = locateForCheck(options);
  const examination = examine(located, { owned });
  const alive = !owned && exists && (examination.state === undefined || examination.state.status === "running");
  return { ...store, runId, run: located.run, owner, alive, examination };
}

export async function runFindings(examined: ExaminedRun): Promise<Finding[]> {
  const { run, runId, alive } = examined;
  const look = (file: string, check: (examined: ExaminedRun) => Finding[]) =>
    looking({ runId, file }, () => check(examined));
  const findings = [
    ...(await recordFindings(examined)),
    ...look(run.lock, kindsOfRun),
    ...look(run.runState, runStateFindings),
    ...look(run.lock, ownerFindings),
    ...keptEventFindings(examined),
    ...look("/proc", processFindings),
    ...look(run.directory, temporariesOfRun),
    ...look(run.directory, setAsideOfRun),
    ...look(run.directory, () => permissionsOfRun(examined, runId)),
  ];
  return withoutIdleFixes(findings, alive);
}

/** Nothing is mended while a process works on the run, nor what needs a ledger that can be opened where it cannot. */
function withoutIdleFixes(findings: readonly Finding[], alive: boolean): Finding[] {
  if (alive)
    return findings.map((each) => unfixable(each, "Type it again when the process that works on the run has ended."));
  if (!findings.some(({ code }) => forbidsOpening(code))) return [...findings];
  return findings.map((each) => {
    const { opensRun = false, advice } = kindOf(each.code);
    return opensRun ? unfixable(each, advice) : each;
  });
}

function forbidsOpening(code: Finding["code"]): boolean {
  return ["LEDGER_DAMAGED", "FORMAT_NEWER", "HEAD_MISMATCH", "EVENTS_FOREIGN"].includes(code);
}

function storeFindings(store: ExaminedStore, named: readonly NamedObjects[]): Finding[] {
  const { layout } = store.place;
  const look = (file: string, check: (store: ExaminedStore) => Finding[]) => looking({ file }, () => check(store));
  return [
    ...look(layout.store, fileSystemFindings),
    ...look(layout.gitignore, lockFindings),
    ...look(layout.store, freeSpaceFindings),
    ...look(layout.runs, unbornFindings),
    ...look(layout.store, temporariesOfStore),
    ...look(layout.snapshots, setAsideOfStore),
    ...look(layout.store, permissionsOfStore),
    ...look(layout.objects, () => unreferencedFindings(store, named)),
  ];
}
