import { Readable } from "node:stream";
import type { Child, Exit, Processes, SpawnOptions } from "../../src/agent/processes.ts";
import type { Clock } from "../../src/ports.ts";
import { systemError } from "./faults.ts";

/** What a program does to the world before it ends; `hang` is never over by itself. */
type ProgramEnd =
  | { readonly exitCode: number; readonly stdout?: string; readonly stderr?: string }
  | { readonly signal: NodeJS.Signals }
  | "hang";

/** A small program: acts once, then ends as it says. */
export type Program = (call: ProgramCall) => ProgramEnd;

interface ProgramCall {
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Processes that are programs by name. They act in a turn of their own after their start, and end in the next. */
export function simulatedProcesses(programs: Readonly<Record<string, Program>>, clock: Clock, self: number): Processes {
  let lastPid = self * 1000;
  const spawn = async (command: string, given: readonly string[], options: SpawnOptions): Promise<Child> => {
    const program = programs[command];
    if (program === undefined) throw systemError("ENOENT", { name: "spawn", path: command });
    lastPid += 1;
    return startProgram(lastPid, () => program({ arguments: given, env: options.env, cwd: options.cwd }), clock);
  };
  return { self, spawn, exists: () => false, signal: () => false, signalGroup: () => false };
}

function startProgram(pid: number, run: () => ProgramEnd, clock: Clock): Child {
  const stdout = new Readable({ read: () => {} });
  const stderr = new Readable({ read: () => {} });
  let ended = false;
  let end: (exit: Exit) => void = () => {};
  const exited = new Promise<Exit>((resolve) => {
    end = (exit) => {
      if (ended) return;
      ended = true;
      stdout.push(null);
      stderr.push(null);
      resolve(exit);
    };
  });
  clock.soon(() => {
    if (ended) return;
    const how = run();
    if (how === "hang") return;
    clock.soon(() => {
      if ("signal" in how) return end({ exitCode: null, signal: how.signal });
      if (how.stdout) stdout.push(Buffer.from(how.stdout));
      if (how.stderr) stderr.push(Buffer.from(how.stderr));
      end({ exitCode: how.exitCode, signal: null });
    });
  });
  const endGroup = (signal: NodeJS.Signals) => {
    const reached = !ended;
    end({ exitCode: null, signal });
    return reached;
  };
  return { pid, stdin: undefined, stdout, stderr, exited, endGroup };
}
