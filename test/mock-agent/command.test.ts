import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { AgentProcess, command } from "../agent-kit/agent-process.ts";
import { runledger, workspaceWith } from "../cli/given.ts";
import { program } from "./given.ts";

function workspaceWithScript(script: string, name = "rehearsal.yaml"): string {
  const workspace = workspaceWith();
  fs.writeFileSync(`${workspace}/${name}`, script);
  return workspace;
}

const mock = (...more: string[]) => ["mock-agent", "--type", "counter", "--script", "rehearsal.yaml", ...more];
const sound = "version: 1\nactions:\n  count: {}\n";

describe("runledger mock-agent", () => {
  it("is an agent: messages on stdout, until the end of its stdin", async () => {
    const agent = new AgentProcess([...program, ...mock()], workspaceWithScript(sound), {});
    expect(await agent.ask(command())).toMatchObject({ event: "count.completed", from: { agent_type: "counter" } });
    expect(agent.statuses).toEqual(["starting", "ready", "busy", "ready", "stopping"]);
    expect(await agent.ended).toEqual({ exitCode: 0, signal: null });
  });

  it("sends heartbeats as often as it is told, or the first one only", async () => {
    const workspace = workspaceWithScript(sound);
    const lively = new AgentProcess([...program, ...mock("--heartbeat-interval", "10")], workspace, {});
    await lively.until(() => lively.statuses.length > 5);
    lively.kill();
    const mute = new AgentProcess([...program, ...mock("--no-heartbeat")], workspace, {});
    expect(await mute.ask(command())).toMatchObject({ event: "count.completed" });
    expect(mute.statuses).toEqual(["starting"]);
  });

  it("reads a script in JSON as well", async () => {
    const workspace = workspaceWithScript('{"version":1,"actions":{"count":[{}]}}', "rehearsal.json");
    const words = ["mock-agent", "--type", "counter", "--script", "rehearsal.json"];
    const agent = new AgentProcess([...program, ...words], workspace, {});
    expect(await agent.ask(command())).toMatchObject({ event: "count.completed" });
  });

  it.each([
    ["without actions", "version: 1\n", ["rehearsal.yaml:1: actions: missing: expected an object"]],
    ["of another version", "version: 2\nactions: {}\n", ["rehearsal.yaml:1: version: expected 1, found 2"]],
    [
      "with misspelt fields",
      "version: 1\nactions:\n  count:\n    - delay: 5\n    - {}\n    - event:\n        - event: a\n",
      [
        "rehearsal.yaml:4: actions.count[0].delay: unknown field; did you mean `delay_ms`?",
        "rehearsal.yaml:6: actions.count[2].event: unknown field; did you mean `events`?",
      ],
    ],
    [
      "with an unknown failure",
      "version: 1\nactions:\n  count: { failure: hangs }\n",
      ["rehearsal.yaml:3: actions.count.failure: ", "did you mean `hang`?"],
    ],
    [
      "that goes on after the end",
      "version: 1\nactions:\n  review:\n    events:\n      - event: review.completed\n      - event: review.progress\n",
      ["rehearsal.yaml:5: actions.review.events[0].event: review.completed ends the command: nothing can follow"],
    ],
    [
      "with an error among its events",
      "version: 1\nactions:\n  review:\n    events: [{ event: error }]\n",
      ["rehearsal.yaml:4: actions.review.events[0].event: write `error: { code, message }` beside the events instead"],
    ],
    [
      "that speaks for runledger",
      "version: 1\nactions:\n  review:\n    events: [{ event: run.completed }]\n",
      [
        "rehearsal.yaml:4: actions.review.events[0].event: run.completed: only runledger itself sends events of this name",
      ],
    ],
    [
      "with a status that nobody would see",
      "version: 1\nactions:\n  review: { exit_status: 3 }\n",
      ["rehearsal.yaml:3: actions.review.exit_status: only with `failure: exit` or `unfinished_line`"],
    ],
    ["that is no YAML", "version: 1\nversion: 1\n", ["rehearsal.yaml:2: the same member stands here a second time"]],
  ])("refuses a script %s, with line and field", async (_, script, sentences) => {
    const { status, stdout, stderr } = await runledger(mock(), { workspace: workspaceWithScript(script) });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    for (const sentence of sentences) expect(stderr).toContain(sentence);
    expect(stderr).toContain("Correct the script");
  });

  it("refuses a script that is not there, and a type that no agent can have", async () => {
    const workspace = workspaceWithScript(sound, "other.yaml");
    const missing = await runledger(mock(), { workspace });
    expect(missing).toMatchObject({
      status: 66,
      stderr: expect.stringContaining("rehearsal.yaml: the script cannot be read"),
    });
    const type = await runledger(["mock-agent", "--type", "Builder", "--script", "other.yaml"], { workspace });
    expect(type).toMatchObject({ status: 2, stderr: expect.stringContaining('not the type of an agent: "Builder"') });
  });
});
