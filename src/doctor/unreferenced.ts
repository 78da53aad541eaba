import path from "node:path";
import { isSha256 } from "../idempotency/digest.ts";
import { recoveryPlaces } from "../run/command/unrecorded.ts";
import type { ExaminedRun, ExaminedStore } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

/** `sha256:<64 hex>` of the objects that a run names; undefined if that cannot be known. */
export type NamedObjects = ReadonlySet<string> | undefined;

/**
 * Undefined if something that may name objects could not be read (the ledger, or an object that it names), or if events are
 * kept that have yet to be recorded.
 */
export function namedObjects({ world, run, runId, examination }: ExaminedRun): NamedObjects {
  const { state, findings, objects } = examination;
  if (recoveryPlaces(world, run, runId).some(({ file }) => world.disk.stat(file) !== undefined)) return undefined;
  const hides = (code: string) => /^(LEDGER|OBJECT)_|^(FORMAT_NEWER|READ_FAILED|WRITE_FAILED|PERMISSION)$/.test(code);
  return state === undefined || findings.faults.some(({ code }) => hides(code)) ? undefined : objects;
}

/** Objects that a crash left before the entry that was to name them, or whose runs were deleted. */
export function unreferencedFindings(store: ExaminedStore, named: readonly NamedObjects[]): Finding[] {
  const files = unreferencedObjects(store, named);
  if (files.length === 0) return [];
  const bytes = files.reduce((sum, file) => sum + (store.world.disk.stat(file)?.sizeBytes ?? 0), 0);
  const message = `objects that no ledger names: ${files.length}, ${bytes} bytes in all`;
  return [finding("OBJECTS_UNREFERENCED", { file: store.place.layout.objects, message })];
}

/** The files of the objects that no run names; none if that cannot be known. `named`: by each run of the store. */
export function unreferencedObjects(store: ExaminedStore, named: readonly NamedObjects[]): string[] {
  if (named.includes(undefined)) return [];
  const { layout } = store.place;
  const files = new Set(named.flatMap((objects) => [...(objects ?? [])].map((sha256) => layout.object(sha256))));
  return objectFiles(store).filter((file) => !files.has(file));
}

function objectFiles({ world, place }: ExaminedStore): string[] {
  const { objects } = place.layout;
  if (world.disk.stat(objects) === undefined) return [];
  const folders = world.disk
    .list(objects)
    .filter(({ kind, name }) => kind === "directory" && /^[0-9a-f]{2}$/.test(name));
  return folders.flatMap(({ name: first }) => {
    const files = world.disk.list(path.join(objects, first)).filter(({ kind }) => kind === "file");
    const whole = files.filter(({ name }) => isSha256(`sha256:${first}${name}`));
    return whole.map(({ name }) => path.join(objects, first, name)).sort();
  });
}
