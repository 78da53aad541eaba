import type { SeededRandom } from "../simulated/seeded-random.ts";

/** A small task, drawn at random. Two that are equal as JSON are the same task. */
export interface DrawnTask {
  /** A function with one step after another, one with all at once, or a task file. */
  readonly kind: "sequence" | "parallel" | "graph";
  readonly concurrency: number;
  readonly steps: readonly DrawnStep[];
}

export interface DrawnStep {
  readonly id: string;
  readonly by: "function" | "plain" | "agent";
  readonly effect: "pure" | "idempotent" | "once";
  /** Only of `once`: `knows` tells the truth, `unsure` never knows. */
  readonly probe: "knows" | "unsure" | "none";
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  /** Whether it produces a file. Nothing that is `once` does. */
  readonly writes: boolean;
  /** Whether it leaves its file alone where it finds it finished. */
  readonly keeps: boolean;
  /** Whether its result is so long that it becomes an object. */
  readonly large: boolean;
  /** It fails by its nature, always. */
  readonly failing: boolean;
  /** Nobody needs what is `once`: settled by a probe it hands on nothing. */
  readonly needs: readonly string[];
}

type Drawn = Omit<DrawnStep, "keeps">;

export function drawTask(random: SeededRandom): DrawnTask {
  const kind = oneOf(random, ["sequence", "parallel", "graph", "graph"] as const);
  const steps: Drawn[] = [];
  const count = 1 + random.below(3);
  for (let index = 0; index < count; index++) steps.push(drawStep(random, kind, steps));
  const concurrency = kind === "graph" ? 1 + random.below(2) : 1;
  // Drawn last, so that all else about a seed's task stays as it was.
  return { kind, concurrency, steps: steps.map((step) => ({ ...step, keeps: step.writes && random.below(2) === 1 })) };
}

function drawStep(random: SeededRandom, kind: DrawnTask["kind"], before: readonly Drawn[]): Drawn {
  const by = kind === "graph" ? oneOf(random, ["plain", "agent"] as const) : "function";
  const effect = oneOf(random, ["pure", "idempotent", "once"] as const);
  const once = effect === "once";
  const needed = kind === "graph" ? before.findLast((each) => each.effect !== "once") : undefined;
  return {
    id: `step${before.length + 1}`,
    by,
    effect,
    probe: once ? oneOf(random, ["knows", "unsure", "none"] as const) : "none",
    maxAttempts: 1 + random.below(2),
    timeoutMs: by === "agent" ? oneOf(random, [5_000, 100_000]) : 5_000,
    writes: !once && kind === "graph" && random.below(2) === 0,
    large: !once && random.below(6) === 0,
    failing: random.below(16) === 0,
    needs: needed !== undefined && random.below(3) > 0 ? [needed.id] : [],
  };
}

export function oneOf<Value>(random: SeededRandom, values: readonly Value[]): Value {
  return values[random.below(values.length)] as Value;
}
