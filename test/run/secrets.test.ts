import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { type Ended, givenWorkspaces, type Workspace } from "./given.ts";

const workspaces = givenWorkspaces();

const secret = "tok-9f8e7d6c5b4a3210";
const named = "only-the-task-says-so-4711";
const environment = { DEPLOY_TOKEN: secret, PLAIN_NAME: named };

/** Prints the variable in two pieces that cannot be written at once. */
const printsInPieces = (variable: string, stream: "stdout" | "stderr") => [
  "node",
  "-e",
  `const text = process.env.${variable};
   const half = text.length >> 1;
   process.${stream}.write(text.slice(0, half), () => setTimeout(() => process.${stream}.write(text.slice(half)), 30));`,
];

/** In no file of the store, and in nothing that the process said. */
function expectNowhere(workspace: Workspace, text: string, { stderr, outcome, error }: Ended): void {
  const inStore = workspace.files().filter((file) => file.startsWith(".runledger/"));
  expect(inStore.length).toBeGreaterThan(3);
  expect(inStore.filter((file) => fs.readFileSync(workspace.path(file)).includes(text))).toEqual([]);
  expect(JSON.stringify({ stderr, outcome, error })).not.toContain(text);
}

describe("a secret of the environment", () => {
  it("is in no file of the store when plain steps print it", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([
      { id: "got", run: `printf '%s' "$DEPLOY_TOKEN" > counters/got; printf 'it is %s.' "$DEPLOY_TOKEN"` },
      { id: "pieces", run: printsInPieces("DEPLOY_TOKEN", "stdout") },
      { id: "pieces-of-stderr", run: printsInPieces("DEPLOY_TOKEN", "stderr") },
      {
        id: "large",
        run: `head -c 40000 /dev/zero | tr '\\0' x; printf '%s' "$DEPLOY_TOKEN"; head -c 40000 /dev/zero`,
      },
      { id: "failing", run: `printf '%s' "$DEPLOY_TOKEN" >&2; exit 1` },
    ]);
    const ended = await workspace.work({ task }, environment);
    expect(ended).toMatchObject({ exitStatus: 1, outcome: { steps: ["failing"] } });
    expect(workspace.read("counters/got")).toBe(secret);
    expectNowhere(workspace, secret, ended);
    const [got] = workspace.events("got");
    expect(got?.payload["result"]).toMatchObject({ stdout: expect.stringMatching(/^it is .+\.$/) });
  });

  it("is in no file of the store when an agent tells it", async () => {
    const workspace = workspaces.make();
    const agents = { builder: { command: ["node", `${import.meta.dirname}/fixtures/builder.mjs`, "tells secrets"] } };
    const build = { id: "build", agent: "builder", action: "implement", inputs: { token: { $env: "DEPLOY_TOKEN" } } };
    const ended = await workspace.work({ task: workspace.task([build], { agents }) }, environment);
    expect(ended.exitStatus).toBe(0);
    expectNowhere(workspace, secret, ended);
    const command = workspace.entries().find((entry) => entry.kind === "command");
    expect(command?.inputs["token"]).toEqual({ $env: "DEPLOY_TOKEN" });
    expect(workspace.events("build").find(({ event }) => event === "builder.progress")).toBeDefined();
    expect(workspace.read(`.runledger/runs/${workspace.runId()}/agents/builder/stderr.log`)).toContain("stderr: ");
  });

  it("is in no file of the store when a function returns or throws it", async () => {
    const workspace = workspaces.make();
    const ended = await workspace.work({ function: "tells secrets" }, environment);
    expect(ended).toMatchObject({ exitStatus: 1, outcome: { steps: ["throws"] } });
    expect(workspace.read("counters/got")).toBe(secret);
    expectNowhere(workspace, secret, ended);
  });

  it("is one if the task names its variable, whatever its name", async () => {
    const workspace = workspaces.make();
    const step = { id: "named", run: 'printf "%s" "$STAGE"', env: { STAGE: { $env: "PLAIN_NAME" } } };
    const ended = await workspace.work({ task: workspace.task([step]) }, environment);
    expect(ended.exitStatus).toBe(0);
    expectNowhere(workspace, named, ended);
  });

  it("is refused in a task, before anything is created", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([{ id: "leaks", run: `deploy --token ${secret}` }]);
    const { exitStatus, error } = await workspace.work({ task }, environment);
    expect({ exitStatus, code: error?.code }).toEqual({ exitStatus: 2, code: "SECRET_IN_INPUT" });
    expect(error?.message).toContain("DEPLOY_TOKEN");
    expect(error?.message).not.toContain(secret);
    expect(workspace.runIds()).toEqual([]);
  });

  it("that the task names has to be there before anything is done", async () => {
    const workspace = workspaces.make();
    const steps = [
      { id: "first", run: "printf x >> counters/first" },
      { id: "second", run: "true", env: { STAGE: { $env: "RUNLEDGER_TEST_MISSING" } }, needs: ["first"] },
    ];
    const { exitStatus, error } = await workspace.work({ task: workspace.task(steps) });
    expect({ exitStatus, code: error?.code }).toEqual({ exitStatus: 78, code: "ENV_MISSING" });
    expect(workspace.counters()).toEqual({});
  });
});
