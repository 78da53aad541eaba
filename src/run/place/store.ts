import path from "node:path";
import { makeDirectories, makeParents } from "../../durable/directories.ts";
import { type StoreLayout, storeLayout } from "../../durable/layout.ts";
import { RunledgerError } from "../../errors.ts";
import { refuseNoText } from "./given-text.ts";
import { explain } from "./system-error.ts";
import type { World } from "./world.ts";

/** Where a command works: the workspace, and the store that holds its runs. Absolute real paths. */
export interface Place {
  readonly workspace: string;
  readonly layout: StoreLayout;
}

export interface PlaceOptions {
  /** The directory that the task works in. Default: the current directory. */
  workspace?: string | undefined;
  /** The directory that holds the runs. Default: `RUNLEDGER_DIR`, or `.runledger` in the workspace. */
  store?: string | undefined;
}

/** Finds the place. Nothing is created. `FILE_NOT_FOUND` if the workspace is no directory, `PERMISSION`, `READ_FAILED`. */
export function findPlace(world: World, options: PlaceOptions): Place {
  for (const [name, given] of Object.entries({ workspace: options.workspace, store: options.store })) {
    if (given !== undefined) refuseNoText(name, given, 'A directory: { workspace: ".", store: ".runledger" }');
  }
  const asked = path.resolve(world.host.directory, options.workspace ?? ".");
  const workspace = realDirectory(world, asked);
  const store = options.store ?? world.host.environment["RUNLEDGER_DIR"];
  const directory = store ? path.resolve(world.host.directory, store) : path.join(workspace, ".runledger");
  return { workspace, layout: storeLayout(realIfPresent(world, directory)) };
}

/** Creates the store if it is missing. Whoever puts something into it that is to last syncs the directories on the way there. */
export function ensureStore(world: World, { workspace, layout }: Place): void {
  if (world.host.platform === "win32") {
    throw new RunledgerError(
      "UNSUPPORTED",
      "runs cannot be written on Windows: it lacks what their durability rests on",
      {
        hint: "Reading commands (status, show, verify, replay) work here; run on Linux, macOS or in WSL.",
      },
    );
  }
  explain(`the store ${layout.store} cannot be created`, "CANNOT_CREATE", () => {
    const parent = path.dirname(layout.store);
    if (parent !== workspace && world.disk.stat(layout.store) === undefined) makeParents(world.disk, parent);
    makeDirectories(world.disk, layout.store, layout.runs);
    // Those that are there: what is none would be found when something is to be put into it, after steps have been done.
    for (const each of layout.shared) if (world.disk.stat(each) !== undefined) world.disk.makeDirectory(each);
  });
}

function realDirectory(world: World, directory: string): string {
  const real = realIfPresent(world, directory);
  if (world.disk.stat(real)?.kind === "directory") return real;
  throw new RunledgerError("FILE_NOT_FOUND", `the workspace ${directory} is not a directory`, {
    hint: "Name an existing directory: --workspace DIR",
    details: { workspace: directory },
  });
}

function realIfPresent(world: World, directory: string): string {
  return explain(`${directory} cannot be looked at`, "READ_FAILED", () =>
    world.disk.stat(directory) === undefined ? directory : world.disk.realPath(directory),
  );
}
