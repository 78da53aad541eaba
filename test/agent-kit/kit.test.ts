import { hash } from "node:crypto";
import fs from "node:fs";
import { describe, expect, it } from "vitest";
import type { Command } from "../../src/protocol/command.ts";
import { attempt, command, givenAgents, someKey, typescriptAgent } from "./agent-process.ts";

const agents = givenAgents();
const start = (settings: object = {}, env: Record<string, string> = {}) =>
  agents.workspace().start(typescriptAgent, { env: { SETTINGS: JSON.stringify(settings), ...env } });
const doing = (behaviour: string, inputs: Command["inputs"] = {}) =>
  command({ inputs: { name: "first", behaviour, ...inputs } });
const file = (name: string) => agents.workspace().path(name);
const until = async (name: string) => {
  while (!fs.existsSync(file(name))) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe("an agent of the kit", () => {
  it("starts, is ready, busy while it works, ready again, and says when it stops", async () => {
    const agent = start();
    expect(await agent.ask(command())).toMatchObject({
      correlation_id: "the-correlation",
      task_id: "T-0042",
      from: { agent_type: "counter", agent_id: "counter" },
      event: "count.completed",
      status: "success",
      payload: { count: 1, again: false },
      observed_version: { snapshot_id: "snap-4f53cda18c2b" },
    });
    expect(agent.statuses).toEqual(["starting", "ready", "busy", "ready", "stopping"]);
    expect(await agent.ended).toEqual({ exitCode: 0, signal: null });
    expect(fs.existsSync(file("closed"))).toBe(true);
  });

  it("says that it lives as often as it was told to", async () => {
    const agent = start({ heartbeatIntervalMs: 20 });
    await agent.until(() => agent.statuses.filter((status) => status === "ready").length > 3);
    agent.send(doing("waits"));
    await agent.until(() => agent.statuses.filter((status) => status === "busy").length > 3);
  });

  it("lets the same command join the one that runs", async () => {
    const agent = start();
    agent.send(doing("waits"));
    await until("waits");
    agent.send(
      doing("waits"),
      { ...doing("waits"), ...attempt(2) },
      command({ idempotency_key: `ik:${"1".repeat(64)}` }),
    );
    expect(await agent.answered()).toMatchObject({ payload: { count: 2 } });
    expect(agent.answers).toHaveLength(1);
    fs.writeFileSync(file("go"), "");
    await agent.answered(4);
    expect(agents.workspace().effects()).toBe(2);
  });

  it("refuses other parameters also while the command runs", async () => {
    const agent = start();
    agent.send(doing("waits"));
    await until("waits");
    agent.send(command());
    expect(await agent.answered()).toMatchObject({ event: "error", payload: { code: "KEY_REUSED" } });
  });

  it("answers again with what it said the first time, the progress too", async () => {
    const agent = start();
    agent.send(doing("progress"));
    await agent.answered();
    agent.send(doing("progress"));
    await agent.answered(2);
    const [progress, end, ...again] = agent.events.map(({ message_id: _, ...rest }) => rest);
    expect(progress).toMatchObject({ event: "count.progress", payload: { percent: 50 } });
    expect(again).toEqual([progress, end]);
    expect(agent.messages.filter(({ kind }) => kind === "log")).toMatchObject([
      { level: "warn", message: "half", fields: { way: true } },
    ]);
  });

  it("answers the same attempt with the same failure", async () => {
    const agent = start();
    agent.send(doing("fails at first"), doing("fails at first"));
    await agent.answered(2);
    const failure = {
      event: "error",
      status: "failed",
      payload: { code: "NO_MONEY", message: "the purse is empty", retry_at: "2026-11-21T08:00:00.000Z" },
    };
    expect(agent.answers).toMatchObject([failure, failure]);
    expect(agents.workspace().effects()).toBe(1);
  });

  it("tries again after an answer with status failed", async () => {
    const first = await start().ask(doing("says that it failed"));
    expect(first).toMatchObject({ event: "count.completed", status: "failed", payload: { why: "because" } });
    await start().ask({ ...doing("says that it failed"), ...attempt(2) });
    expect(agents.workspace().effects()).toBe(2);
  });

  it("is told that an earlier attempt may have happened", async () => {
    const first = start();
    first.send(doing("dies once"));
    await first.ended;
    expect(await start().ask({ ...doing("dies once"), ...attempt(2) })).toMatchObject({
      payload: { count: 2, again: true },
    });
  });

  it.each([
    ["ends with another event", "EVENT_NAME_INVALID"],
    ["reports the end as progress", "EVENT_NAME_INVALID"],
    ["says what is no JSON", "NOT_JSON"],
    ["says too much", "LINE_TOO_LONG"],
    ["says what is reserved", "RESERVED_MEMBER"],
  ])("whose handler %s fails with %s instead of breaking the protocol", async (behaviour, code) => {
    expect(await start().ask(doing(behaviour))).toMatchObject({ event: "error", payload: { code } });
  });

  it("leaves out what a handler reports after it has ended, and says so", async () => {
    const agent = start();
    agent.send(doing("goes on after its end"));
    await agent.until(() => agent.messages.some(({ kind }) => kind === "log"));
    expect(agent.events.map(({ event }) => event)).toEqual(["count.completed"]);
  });

  it("refuses an action that it cannot do, naming those that it can", async () => {
    const refused = await start().ask(command({ action: "recount" }));
    expect(refused.payload).toEqual({
      code: "ACTION_UNKNOWN",
      message: 'this agent cannot do "recount"; it can do count',
    });
  });

  it("hands on the inputs of the task, without what runledger adds to them", async () => {
    const asked = doing("says what it was told", { $runledger: { step: "count" } });
    expect((await start().ask(asked)).payload).toEqual({
      inputs: { name: "first", behaviour: "says what it was told" },
    });
  });

  it("passes over what is no command, and says so on stderr", async () => {
    const agent = start();
    agent.write('null\n{"kind":"command"}\nnonsense\n\u2028\n');
    const separated = command({ inputs: { name: "first", text: "one\u2028line" } });
    expect(await agent.ask(separated)).toMatchObject({ event: "count.completed" });
    expect(agent.stderr.match(/is no command/g)).toHaveLength(4);
  });

  it("under another name than the task has for it ends at once, saying so", async () => {
    const agent = start();
    agent.send(command({ to: { agent_type: "builder" } }));
    expect(await agent.ended).toMatchObject({ exitCode: 2 });
    expect(agent.stderr).toContain("this agent is of the type counter, and the task calls it builder");
  });

  it.each([
    [{ type: "Counter" }, {}, 'not the type of an agent: "Counter"'],
    [{ id: "a/b" }, {}, 'not the id of an agent: "a/b"'],
    [{}, { RUNLEDGER_AGENT_STATE: "/no/such/directory" }, "cannot remember anything in /no/such/directory (ENOENT)"],
  ])("is not served as %j with %j", async (settings, env, sentence) => {
    const agent = start(settings, env);
    expect(await agent.ended).toMatchObject({ exitCode: 1 });
    expect([agent.messages, agent.stderr]).toEqual([[], expect.stringContaining(sentence)]);
  });

  it("started by hand works, and says that it will forget", async () => {
    const agent = start({}, { RUNLEDGER_AGENT_STATE: "" });
    agent.send(command());
    agent.send(command());
    await agent.answered(2);
    expect(agents.workspace().effects()).toBe(1);
    expect(agent.stderr).toContain("RUNLEDGER_AGENT_STATE is not set");
  });
});

describe("the end of an agent", () => {
  it("at the end of its stdin comes when what runs has ended", async () => {
    const agent = start({ graceMs: 600_000 });
    agent.send(doing("waits"));
    await until("waits");
    agent.child.stdin?.end();
    fs.writeFileSync(file("go"), "");
    await agent.ended;
    expect(agent.answers).toHaveLength(1);
    expect(agent.statuses.at(-1)).toBe("stopping");
  });

  it("with SIGTERM calls off what runs, which is no failure: nobody knows how it ended", async () => {
    const agent = start({ graceMs: 600_000 });
    agent.send(doing("obeys"));
    await until("waits");
    agent.kill("SIGTERM");
    expect(await agent.ended).toEqual({ exitCode: 0, signal: null });
    expect(agents.workspace().read("aborted")).toBe("AGENT_STOPPED");
    expect([agent.answers, agent.statuses.at(-1)]).toEqual([[], "stopping"]);
    fs.rmSync(file("waits"));
    const next = start();
    next.send({ ...doing("obeys"), ...attempt(2) });
    await until("waits");
    expect(agents.workspace().effects()).toBe(2);
  });

  it("comes after the grace period, whatever a handler does", async () => {
    const agent = start({ graceMs: 50 });
    agent.send(doing("stays deaf"));
    await until("waits");
    agent.child.stdin?.end();
    expect(await agent.ended).toEqual({ exitCode: 0, signal: null });
    expect(agent.statuses.at(-1)).toBe("stopping");
  });

  it("when nobody listens any more still remembers what was done", async () => {
    const agent = start({ heartbeatIntervalMs: 20, graceMs: 600_000 });
    agent.send(doing("waits"));
    await until("waits");
    agent.child.stdout?.destroy();
    fs.writeFileSync(file("go"), "");
    await agent.ended;
    expect(await start().ask(doing("waits"))).toMatchObject({ payload: { count: 1 } });
  });

  it("does not come at the deadline of a command, of which its handler is told", async () => {
    const agent = start();
    agent.send({ ...doing("obeys"), deadline: "2026-11-21T07:00:00.000Z" });
    expect(await agent.answered()).toMatchObject({ event: "error", payload: { code: "DEADLINE" } });
    expect(agents.workspace().read("aborted")).toBe("DEADLINE");
  });
});

describe("the files of a handler", () => {
  const writing = (name: string, content = "content") => doing("writes a file", { file: name, content });

  it("are written whole, in directories that are made, and reported with their hash and size", async () => {
    const { artifacts } = await start().ask(writing("out/deep/a.txt", "é\n"));
    expect(artifacts).toEqual([{ path: "out/deep/a.txt", sha256: `sha256:${hash("sha256", "é\n")}`, size: 3 }]);
    expect(agents.workspace().read("out/deep/a.txt")).toBe("é\n");
    expect(fs.readdirSync(file("out/deep"))).toEqual(["a.txt"]);
  });

  it("are everybody's to read, like those that others write; an existing one keeps its permissions", async () => {
    const umask = process.umask();
    fs.writeFileSync(file("run.sh"), "old", { mode: 0o750 });
    await start().ask(writing("run.sh"));
    await start().ask({ ...writing("new/a.txt"), idempotency_key: `ik:${"1".repeat(64)}` });
    const modes = ["run.sh", "new/a.txt", "new"].map((name) => fs.statSync(file(name)).mode & 0o777);
    expect(modes).toEqual([0o750, 0o666 & ~umask, 0o777 & ~umask]);
  });

  it("that an attempt left half written are gone after the next", async () => {
    const asked = doing("dies while it writes", { file: "a.txt", content: "whole" });
    const first = start();
    first.send(asked);
    await first.ended;
    expect(fs.existsSync(file(".a.txt.run-1.00000000.tmp"))).toBe(true);
    await start().ask({ ...asked, ...attempt(2) });
    expect(fs.readdirSync(file(".")).sort()).toEqual([".runledger", "a.txt", "closed", "counters"]);
  });

  it.each([
    ["../a.txt", "OUTPUT_PATH_INVALID"],
    ["/tmp/a.txt", "OUTPUT_PATH_INVALID"],
    ["a//b.txt", "OUTPUT_PATH_INVALID"],
    ["outside/a.txt", "OUTPUT_OUTSIDE_WORKSPACE"],
    ["outside/deep/a.txt", "OUTPUT_OUTSIDE_WORKSPACE"],
    ["plain/a.txt", "OUTPUT_NOT_A_FILE"],
    ["folder", "OUTPUT_NOT_A_FILE"],
    ["link", "OUTPUT_NOT_A_FILE"],
  ])("are not written to %s", async (name, code) => {
    fs.symlinkSync("/tmp", file("outside"));
    fs.writeFileSync(file("plain"), "");
    fs.mkdirSync(file("folder"));
    fs.symlinkSync("plain", file("link"));
    expect(await start().ask(writing(name))).toMatchObject({ event: "error", payload: { code } });
    expect(agents.workspace().read("plain")).toBe("");
  });

  it("that it wrote itself are reported; one that is not there is a failure", async () => {
    const reporting = doing("reports a file", { file: "own.txt" });
    expect(await start().ask(reporting)).toMatchObject({ event: "error", payload: { code: "OUTPUT_MISSING" } });
    fs.writeFileSync(file("own.txt"), "own");
    const { artifacts } = await start().ask({ ...reporting, ...attempt(2) });
    expect(artifacts).toMatchObject([{ path: "own.txt", size: 3 }]);
  });
});

describe("the memory of an agent", () => {
  const record = () => `${agents.workspace().state()}/memory/${someKey.replace(":", "-")}.json`;

  it("holds no secret, nor does the answer", async () => {
    const env = { DEPLOY_TOKEN: "correct-horse", PASSPHRASE: "battery staple", RUNLEDGER_SECRETS: "PASSPHRASE" };
    const agent = start({}, env);
    const { payload } = await agent.ask(doing("tells a secret", { phrase: "battery staple" }));
    expect(payload).toEqual({ token: "[redacted:DEPLOY_TOKEN]", phrase: ["[redacted:PASSPHRASE]"] });
    expect(fs.readFileSync(record(), "utf8")).not.toMatch(/correct-horse|battery staple/);
  });

  it("knows a command again whose secret was changed, since its key is the same", async () => {
    const asked = (phrase: string) => command({ inputs: { name: "first", phrase } });
    const env = (phrase: string) => ({ PASSPHRASE: phrase, RUNLEDGER_SECRETS: "PASSPHRASE" });
    await start({}, env("battery staple")).ask(asked("battery staple"));
    expect(await start({}, env("open sesame")).ask(asked("open sesame"))).toMatchObject({ event: "count.completed" });
    expect(agents.workspace().effects()).toBe(1);
  });

  it("that was damaged is set aside, and the command done again", async () => {
    await start().ask(command());
    fs.writeFileSync(record(), "{");
    expect(await start().ask(command())).toMatchObject({ payload: { count: 2 } });
    expect(fs.readdirSync(`${agents.workspace().state()}/memory`)).toContainEqual(
      expect.stringMatching(/^ik-0+\.json\.corrupt-[0-9a-f]{8}$/),
    );
  });

  it("of a newer version is refused", async () => {
    await start().ask(command());
    fs.writeFileSync(record(), JSON.stringify({ version: 2 }));
    expect(await start().ask(command())).toMatchObject({ event: "error", payload: { code: "FORMAT_NEWER" } });
    expect(agents.workspace().effects()).toBe(1);
  });

  it("that cannot be written keeps a command from being begun", async () => {
    const agent = start();
    await agent.until(() => agent.statuses.includes("ready"));
    fs.rmSync(`${agents.workspace().state()}/memory`, { recursive: true });
    expect(await agent.ask(command())).toMatchObject({ event: "error", payload: { code: "ENOENT" } });
    expect(agents.workspace().effects()).toBe(0);
  });
});
