import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GraphStep, Readiness, standingOf, topologicalOrder } from "../../src/task/graph.ts";
import { graphFault } from "../../src/task/graph-fault.ts";

/** Steps that need only steps before them, then listed in any order. */
const graphs = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 30 }).chain((needs) => {
  const steps = needs.map((each, index): GraphStep => {
    const before = new Set(index === 0 ? [] : each.map((need) => `s${need % index}`));
    return { id: `s${index}`, needs: [...before] };
  });
  return fc.shuffledSubarray(steps, { minLength: steps.length });
});

const picks = fc.infiniteStream(fc.nat());

describe("the standing of steps", () => {
  it("is ready for whatever needs nothing or only what is done, in the order of the list", () => {
    const steps = graph({ c: ["a"], a: [], d: ["a", "b"], b: [] });
    expect(standingOf(steps, set(), set()).ready).toEqual(["a", "b"]);
    expect(standingOf(steps, set("a"), set()).ready).toEqual(["c", "b"]);
    expect(standingOf(steps, set("a", "b", "c"), set()).ready).toEqual(["d"]);
  });

  it("blocks what needs a failed step, directly or not, and says because of which needs", () => {
    const steps = graph({ a: [], b: [], c: ["a"], d: ["c", "b"], e: ["b"] });
    const { ready, blocked } = standingOf(steps, set("b"), set("a"));
    expect(ready).toEqual(["e"]);
    expect([...blocked]).toEqual([
      ["c", ["a"]],
      ["d", ["c"]],
    ]);
  });

  it("leaves what is done done, even if something that it needed failed later", () => {
    const { ready, blocked } = standingOf(graph({ a: [], b: ["a"], c: ["b"] }), set("b"), set("a"));
    expect([ready, blocked.size]).toEqual([["c"], 0]);
  });

  it("blocks exactly the open steps from which a failed one can be reached", () => {
    fc.assert(
      fc.property(graphs, fc.func(fc.boolean()), (steps, fails) => {
        const failed = set(...steps.map(({ id }) => id).filter((id) => fails(id)));
        const needsOf = new Map(steps.map(({ id, needs }) => [id, needs]));
        const reachesFailed = (id: string): boolean =>
          failed.has(id) || (needsOf.get(id) ?? []).some((need) => reachesFailed(need));
        const expected = steps.filter(({ id }) => !failed.has(id) && reachesFailed(id)).map(({ id }) => id);
        expect([...standingOf(steps, set(), failed).blocked.keys()].sort()).toEqual(expected.sort());
      }),
    );
  });
});

describe("a scheduler on readiness", () => {
  it("starts every step exactly once, after all that it needs, whatever ends first", () => {
    fc.assert(
      fc.property(graphs, picks, (steps, pick) => {
        const { started, ended } = work(steps, set(), pick);
        expect([...started].sort()).toEqual(steps.map(({ id }) => id).sort());
        const place = new Map(ended.map((id, index) => [id, index]));
        const early = steps.filter(({ id, needs }) =>
          needs.some((need) => (place.get(need) ?? Infinity) > (place.get(id) ?? -1)),
        );
        expect(early).toEqual([]);
      }),
    );
  });

  it("goes on from where an interrupted one was, and does only the rest", () => {
    fc.assert(
      fc.property(graphs, picks, fc.nat(), (steps, pick, at) => {
        const whole = work(steps, set(), pick).ended;
        const before = whole.slice(0, at % (whole.length + 1));
        const { started } = work(steps, set(...before), pick);
        expect([...before, ...started].sort()).toEqual([...whole].sort());
      }),
    );
  });
});

describe("the order of steps", () => {
  it("keeps the order of the list where needs do not ask for another", () => {
    const order = topologicalOrder(graph({ c: ["a"], b: [], a: [], d: [] }));
    expect(order.map(({ id }) => id)).toEqual(["b", "a", "d", "c"]);
  });

  it("of 100,000 steps, in a chain and in a fan, needs no recursion and no second look", () => {
    const chain = Array.from(
      { length: 100_000 },
      (_, n): GraphStep => ({ id: `${n}`, needs: n === 0 ? [] : [`${n - 1}`] }),
    );
    const fan = { id: "all", needs: chain.map(({ id }) => id) };
    const steps = [fan, ...chain.reverse()];
    expect(graphFault(steps)).toBeUndefined();
    expect(topologicalOrder(steps).at(-1)).toBe(fan);
    expect(standingOf(steps, set(), set("0")).blocked.size).toBe(100_000);
    expect(work(steps, set(), [0][Symbol.iterator]()).ended).toHaveLength(100_001);
  });
});

describe("a fault of the graph", () => {
  it("is found in every graph with a need turned around, and names steps that do need each other", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), fc.nat(), (steps, from, to) => {
        fc.pre(steps.length > 0);
        const order = topologicalOrder(steps);
        const later = order[from % order.length] as GraphStep;
        const path = [...reach(steps, later.id)];
        const earlier = path[to % path.length] as string;
        const turned = steps.map((step) =>
          step.id === earlier ? { ...step, needs: [...step.needs, later.id] } : step,
        );
        const fault = graphFault(turned);
        expect(fault?.code).toBe("TASK_NEEDS_CYCLE");
        const named = fault?.problems[0]?.says.replace("the steps need each other: ", "").split(" → ") ?? [];
        const needsOf = new Map(turned.map(({ id, needs }) => [id, needs]));
        const followed = named.slice(1).filter((need, index) => needsOf.get(named[index] ?? "")?.includes(need));
        expect([named.length > 1, named.at(-1), followed.length]).toEqual([true, named[0], named.length - 1]);
      }),
    );
  });

  it("names the first twelve steps of a longer cycle", () => {
    const steps = Array.from({ length: 20 }, (_, n) => ({ id: `s${n}`, needs: [`s${(n + 1) % 20}`] }));
    expect(graphFault(steps)?.problems[0]?.says).toBe(
      "the steps need each other: s0 → s1 → s2 → s3 → s4 → s5 → s6 → s7 → s8 → s9 → s10 → s11 → … (8 more) → s0",
    );
  });
});

function graph(needs: Record<string, string[]>): GraphStep[] {
  return Object.entries(needs).map(([id, each]) => ({ id, needs: each }));
}

function set(...ids: string[]): Set<string> {
  return new Set(ids);
}

/** Works through the steps, ending any of the started ones next. */
function work(steps: readonly GraphStep[], done: ReadonlySet<string>, pick: Iterator<number>) {
  const readiness = new Readiness(steps, done);
  const started = [...standingOf(steps, done, set()).ready];
  const running = [...started];
  const ended: string[] = [];
  while (running.length > 0) {
    const [id] = running.splice((pick.next().value ?? 0) % running.length, 1) as [string];
    ended.push(id);
    const ready = readiness.done(id);
    started.push(...ready);
    running.push(...ready);
  }
  return { started, ended };
}

/** A step and all that it needs, directly or not. */
function reach(steps: readonly GraphStep[], id: string, seen = new Set<string>()): Set<string> {
  seen.add(id);
  for (const need of steps.find((step) => step.id === id)?.needs ?? []) if (!seen.has(need)) reach(steps, need, seen);
  return seen;
}
