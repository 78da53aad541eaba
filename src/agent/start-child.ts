import { errnoOf } from "../errors.ts";
import type { Child, Processes, SpawnOptions } from "./processes.ts";

/** A child that could not be started. */
export interface NotStarted {
  readonly kind: "not_started";
  /** The system's code: ENOENT, EACCES, E2BIG, … */
  readonly code: string;
  readonly message: string;
}

/** Starts a child; what the operating system refuses is an outcome and no exception. */
export async function startChild(
  processes: Processes,
  command: readonly string[],
  options: SpawnOptions,
): Promise<Child | NotStarted> {
  const [program = "", ...commandArguments] = command;
  try {
    return await processes.spawn(program, commandArguments, options);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return { kind: "not_started", code, message: sentence(program, code, options.cwd) };
  }
}

/** True if {@link startChild} started it. */
export function isStarted(started: Child | NotStarted): started is Child {
  return !("kind" in started);
}

function sentence(program: string, code: string, cwd: string): string {
  const what = JSON.stringify(program);
  switch (code) {
    case "ENOENT":
      return `${what} could not be started in ${cwd}: there is no such program, or no such directory (ENOENT)`;
    case "EACCES":
      return `${what} could not be started: it is not executable, or may not be (EACCES)`;
    case "E2BIG":
      return `${what} could not be started: its arguments and environment are too long for the system (E2BIG)`;
    default:
      return `${what} could not be started (${code})`;
  }
}
