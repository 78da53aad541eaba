import type { Child, Processes, SpawnOptions } from "../../src/agent/processes.ts";
import { Crashed, systemError } from "./faults.ts";
import type { SimulatedTime } from "./simulated-clock.ts";
import { type Program, RunningProgram } from "./simulated-program.ts";

/** What the machine tells of one process. */
interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly env: Readonly<Record<string, string>>;
}

/** The processes of one simulated machine: those of runledger, and the programs that they have started. */
export class ProcessTable {
  readonly #time: SimulatedTime;
  readonly #own = new Set<number>();
  readonly #programs = new Map<number, { readonly parent: number; readonly program: RunningProgram }>();
  #lastPid: number;

  /** Programs get the pids after `firstPid`. */
  constructor(time: SimulatedTime, firstPid: number) {
    this.#time = time;
    this.#lastPid = firstPid;
  }

  /** Programs that run, whoever started them. */
  get programs(): number[] {
    return [...this.#programs.keys()];
  }

  get all(): ProcessFacts[] {
    const own = [...this.#own].map((pid) => ({ pid, parent: 1, env: {} }));
    const programs = [...this.#programs].map(([pid, { parent, program }]) => ({ pid, parent, env: program.env }));
    return [...own, ...programs];
  }

  /** The port of a process of runledger with the pid `self`, which can start `programs` by their names. */
  portOf(self: number, programs: Readonly<Record<string, Program>>, isAlive: () => boolean): Processes {
    this.#own.add(self);
    const signal = (pid: number, name: NodeJS.Signals) => isAlive() && this.#signal(pid, name);
    return {
      self,
      spawn: async (command, given, options) => {
        if (!isAlive()) throw new Crashed();
        const program = programs[command];
        if (program === undefined) throw systemError("ENOENT", { name: "spawn", path: command });
        return this.#start(self, program, given, options, signal);
      },
      exists: (pid) => this.#own.has(pid) || this.#programs.has(pid),
      signal,
      // Each program is the only one of its group.
      signalGroup: signal,
    };
  }

  /** A process of runledger has ended, however that came. */
  ended(self: number): void {
    this.#own.delete(self);
    for (const { parent, program } of this.#programs.values()) if (parent === self) program.orphan();
  }

  endAll(): void {
    for (const { program } of [...this.#programs.values()]) program.signal("SIGKILL");
  }

  #start(
    parent: number,
    program: Program,
    commandArguments: readonly string[],
    options: SpawnOptions,
    signal: Processes["signal"],
  ): Child {
    const pid = ++this.#lastPid;
    const running = new RunningProgram(
      pid,
      options,
      (isRunning) => this.#time.clock(isRunning),
      (name) => signal(pid, name),
      () => this.#programs.delete(pid),
    );
    this.#programs.set(pid, { parent, program: running });
    running.run(program, commandArguments, options.cwd);
    return running.child;
  }

  #signal(pid: number, name: NodeJS.Signals): boolean {
    return this.#programs.get(pid)?.program.signal(name) ?? false;
  }
}
