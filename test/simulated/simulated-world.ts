import "./loaded-beforehand.ts";
import path from "node:path";
import type { Disk } from "../../src/durable/disk.ts";
import type { World } from "../../src/run/place/world.ts";
import { type DiskImage, emptyImage } from "./disk-image.ts";
import { DiskWithProcesses } from "./disk-with-processes.ts";
import type { BeforeCall } from "./faults.ts";
import { Medium } from "./medium.ts";
import { ProcessTable } from "./process-table.ts";
import { seededRandom } from "./seeded-random.ts";
import { type Settled, SimulatedTime } from "./simulated-clock.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import type { Program } from "./simulated-program.ts";

/** A machine from one start to the next power cut: a disk, a time, a boot, and processes on it. */
export class SimulatedMachine {
  readonly medium: Medium;
  readonly time: SimulatedTime;
  readonly boot: number;
  readonly processes: ProcessTable;
  readonly #started: SimulatedProcess[] = [];

  constructor(
    image: DiskImage = emptyImage,
    boot = 1,
    onChange: (image: DiskImage) => void = () => {},
    time = new SimulatedTime(),
  ) {
    this.medium = new Medium(image, onChange);
    this.boot = boot;
    this.time = time;
    this.processes = new ProcessTable(time, 100_000 * boot);
  }

  get image(): DiskImage {
    return this.medium.image;
  }

  /** The disk as people and other programs see it: never fails, holds no locks. */
  get outside(): Disk {
    return new SimulatedDisk(this.medium);
  }

  /** Starts a process of runledger. `life` tells it from others of the same test: it seeds its ids. */
  start(life: number, options: { before?: BeforeCall; programs?: Readonly<Record<string, Program>> } = {}) {
    const started = new SimulatedProcess(this, life, options.before, options.programs ?? {});
    this.#started.push(started);
    return started;
  }

  /** Every process is gone; what the kernel has taken stays. */
  killAll(): void {
    for (const each of this.#started) each.kill();
  }

  /** Nothing runs any more: no process, and no program that one has started. */
  cutPower(): void {
    this.killAll();
    this.processes.endAll();
  }
}

/** One process of runledger on a simulated machine. */
export class SimulatedProcess {
  readonly disk: SimulatedDisk;
  readonly world: World;
  readonly pid: number;
  readonly #machine: SimulatedMachine;
  #alive = true;

  constructor(
    machine: SimulatedMachine,
    life: number,
    before: BeforeCall | undefined,
    programs: Readonly<Record<string, Program>>,
  ) {
    const pid = 100 * machine.boot + life;
    this.pid = pid;
    this.#machine = machine;
    this.disk = new DiskWithProcesses(machine.processes, pid, machine.medium, before);
    const clock = machine.time.clock(() => this.#alive);
    this.world = {
      disk: this.disk,
      clock,
      randomness: seededRandom(pid * 7919),
      processes: machine.processes.portOf(pid, programs, () => this.#alive),
      host: {
        pid,
        hostname: "simulated",
        platform: "linux",
        bootId: `00000000-0000-4000-8000-${String(machine.boot).padStart(12, "0")}`,
        environment: {},
        directory: "/",
      },
    };
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** kill -9: nothing that it still does has an effect. What it has started goes on. */
  kill(): void {
    this.#alive = false;
    this.disk.die();
    this.#machine.processes.ended(this.pid);
  }

  /** Runs `action` in simulated time, to its end or to the death of this process (then undefined). */
  run<Value>(action: (world: World) => Promise<Value>): Promise<Settled<Value> | undefined> {
    const promise = (async () => action(this.world))();
    return this.#machine.time.until(promise, () => !this.#alive);
  }
}

/** Files that a test finds there, durable: path → content. A path that ends with `/` is a directory. */
export function imageWith(files: Readonly<Record<string, string | Uint8Array>>): DiskImage {
  const medium = new Medium();
  const disk = new SimulatedDisk(medium);
  for (const [file, content] of Object.entries(files)) {
    makeParents(disk, file.endsWith("/") ? file.slice(0, -1) : path.dirname(file));
    if (file.endsWith("/")) continue;
    const handle = disk.open(file, "create");
    handle.write(Buffer.from(content), 0);
    handle.sync();
    handle.close();
    disk.syncDirectory(path.dirname(file));
  }
  return medium.image;
}

function makeParents(disk: Disk, directory: string): void {
  if (disk.stat(directory) !== undefined) return;
  makeParents(disk, path.dirname(directory));
  disk.makeDirectory(directory);
  disk.syncDirectory(path.dirname(directory));
}
