import { beforeEach, describe, expect, it } from "vitest";
import type { Event } from "../../src/protocol/event.ts";
import { attempt, command, givenAgents, programs, skipWithoutPython } from "./agent-process.ts";

const agents = givenAgents();

describe.each(programs)("an agent %s", (_, program) => {
  beforeEach(({ skip }) => skipWithoutPython(skip, program));

  it("given one command a hundred times, killed in between, has one effect and one answer", async () => {
    const answers: Event[] = [];
    for (let life = 1; life <= 10; life++) {
      const agent = agents.workspace().start(program);
      agent.send(...Array.from({ length: 10 }, (_, index) => command(attempt(life + index))));
      // Killed while it still answers, except in its last life.
      await agent.answered(life);
      if (life < 10) agent.kill();
      else agent.child.stdin?.end();
      await agent.ended;
      answers.push(...agent.answers);
    }
    expect(agents.workspace().effects()).toBe(1);
    expect(answers.length).toBeGreaterThanOrEqual(55);
    const contents = answers.map(({ event, status, payload }) => JSON.stringify({ event, status, payload }));
    expect([...new Set(contents)]).toHaveLength(1);
    expect(new Set(answers.map(({ message_id }) => message_id)).size).toBe(answers.length);
  });

  it("killed between its effect and its memory does the command again", async () => {
    const asked = command({ inputs: { name: "first", behaviour: "dies once" } });
    const first = agents.workspace().start(program);
    first.send(asked);
    await first.ended;
    expect(first.answers).toEqual([]);
    const { event, payload } = await agents
      .workspace()
      .start(program)
      .ask({ ...asked, ...attempt(2) });
    expect({ event, payload }).toMatchObject({ event: "count.completed", payload: { count: 2 } });
  });

  it("tries again after a failure, when it is asked to", async () => {
    const asked = command({ inputs: { name: "first", behaviour: "fails at first" } });
    const failed = await agents.workspace().start(program).ask(asked);
    expect(failed).toMatchObject({ event: "error", status: "failed", payload: { message: "the purse is empty" } });
    const done = await agents
      .workspace()
      .start(program)
      .ask({ ...asked, ...attempt(2) });
    expect(done).toMatchObject({ event: "count.completed", status: "success", payload: { count: 2 } });
    await agents
      .workspace()
      .start(program)
      .ask({ ...asked, ...attempt(3) });
    expect(agents.workspace().effects()).toBe(2);
  });

  it("refuses the key of another command, and does nothing", async () => {
    await agents.workspace().start(program).ask(command());
    const others = [
      { action: "recount" },
      { step: "another" },
      { task_id: "T-0043" },
      { inputs: { name: "second" } },
      { expected_outputs: [{ path: "out.txt", required: true }] },
      { version: { snapshot_id: "snap-000000000000" } },
    ];
    const agent = agents.workspace().start(program);
    agent.send(...others.map((other) => command({ ...other, ...attempt(2) })));
    await agent.answered(others.length);
    expect(agent.answers.map(({ event, payload }) => [event, payload["code"]])).toEqual(
      others.map(() => ["error", "KEY_REUSED"]),
    );
    expect([agents.workspace().effects(), agents.workspace().effects("second")]).toEqual([1, 0]);
  });

  it("shares nothing between two runs", async () => {
    await agents.workspace().start(program).ask(command());
    await agents.workspace().start(program, { run: "run-2" }).ask(command());
    expect(agents.workspace().effects()).toBe(2);
  });
});
