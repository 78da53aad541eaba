import type { Call, Fault } from "../simulated/faults.ts";
import type { SeededRandom } from "../simulated/seeded-random.ts";
import { oneOf } from "./drawn-task.ts";
import { faultsOf } from "./every-fault.ts";

/** What hits a process, and when: before the nth call of its disk, or after so long. */
export interface Strike {
  readonly what: "kill" | "power cut" | "failing call" | "failing calls" | "clock" | "interrupt" | "kill in time";
  readonly at: number;
}

const hour = 3_600_000;
const jumpsMs = [-40 * 24 * hour, -2 * hour, -1_000, 1_000, 2 * hour, 40 * 24 * hour];
/** About as many calls has a run of three steps. */
const lastCall = 330;

export function drawStrikes(random: SeededRandom): Strike[] {
  return Array.from({ length: oneOf(random, [0, 1, 1, 1, 2]) }, () => {
    const what = oneOf(random, kinds);
    return { what, at: what === "kill in time" ? random.below(120) : 1 + random.below(lastCall) };
  });
}

const kinds = [
  ...(["kill", "kill", "kill in time", "power cut", "power cut", "failing call", "failing call"] as const),
  ...(["failing calls", "clock", "interrupt"] as const),
];

/** What a strike can do to its process and its machine. */
export interface Struck {
  kill(): void;
  cutPower(): void;
  jump(byMs: number): void;
  interrupt(): void;
  /** For the story. */
  note(text: string): void;
}

/** Asked before each call of the disk: carries out the strikes that are due, and says how the call fails. */
export function striking(strikes: readonly Strike[], random: SeededRandom, struck: Struck) {
  return (call: Call): Fault | undefined => {
    let fault: Fault | undefined;
    for (const { what, at } of strikes) {
      const isLasting = what === "failing calls" && call.n > at && /write|sync|open|rename|make/i.test(call.name);
      if (isLasting) fault = { errno: "ENOSPC", effect: "lost" };
      if (call.n !== at || what === "kill in time") continue;
      fault = strike(what, call, random, struck) ?? fault;
    }
    return fault;
  };
}

function strike(what: Strike["what"], call: Call, random: SeededRandom, struck: Struck): Fault | undefined {
  const where = `${call.n} ${call.name} ${call.path}`;
  switch (what) {
    case "failing call": {
      const fault = oneOf(random, faultsOf(call));
      struck.note(`${fault.errno} ${fault.effect} at ${where}`);
      return fault;
    }
    case "clock": {
      const byMs = oneOf(random, jumpsMs);
      struck.jump(byMs);
      struck.note(`the clock jumps by ${byMs} ms at ${where}`);
      return undefined;
    }
    case "kill":
      struck.kill();
      break;
    case "power cut":
      struck.cutPower();
      break;
    case "interrupt":
      struck.interrupt();
      break;
  }
  struck.note(`${what} at ${where}`);
  return undefined;
}
