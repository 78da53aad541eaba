import fs from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/idempotency/canonical.ts";
import { idempotencyKey } from "../../src/idempotency/key.ts";
import { defineTask, type EventEntry, resume, run, type StepFailed, systemWorld } from "../../src/index.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";

const workspaces = givenWorkspaces();
let workspace: Workspace;
beforeEach(() => {
  workspace = workspaces.make();
});

const options = () => ({ workspace: workspace.directory, store: workspace.store, snapshot: false as const });
const lines = () => fs.readFileSync(workspace.runFile("ledger.ndjson"), "utf8").trimEnd().split("\n");
const calls = () => lines().flatMap((line) => ("command" in JSON.parse(line) ? [JSON.parse(line) as EventEntry] : []));

/** Names that come before `$runledger`, that are escaped, and that a careless copy loses. */
const odd = ["", " ", "!", "#", '"', "\\", "\u0000", "0", "A", "__proto__", "toString", "é", "€", "😀", "\u2028"];
const kib = (count: number) => "é".repeat(count * 512);

describe("what a function step is given and returns", () => {
  it("is recorded as canonical JSON under the key of its inputs, whatever its names are and however long it is", async () => {
    const given = [
      ...odd.map((name) =>
        Object.fromEntries([
          ["n", 1],
          [name, { [`${name}b`]: 1, [`${name}a`]: [-0, 1e21] }],
        ]),
      ),
      ...[15, 16, 17, 300].map((size) => ({ size, text: kib(size) })),
    ];
    const task = defineTask("odd", async ({ step }) => {
      for (const inputs of given) {
        const returned = await step("give", { inputs }, (attempt) => attempt.inputs);
        expect(canonicalJson(returned)).toBe(canonicalJson(inputs));
      }
    });
    const { state, status } = await run(task, options());
    expect(state.error).toBeUndefined();
    expect(status).toBe("completed");
    expect(lines().filter((line) => line !== lineOf(JSON.parse(line)))).toEqual([]);
    const keys = given.map((own) =>
      idempotencyKey({
        action: "call",
        taskId: "odd",
        snapshotId: state.snapshot_id,
        inputs: { $runledger: { step: "give" }, ...own },
        expectedOutputs: [],
      }),
    );
    expect(calls().map(({ command }) => command?.idempotency_key)).toEqual(keys);
    expect(calls().map(({ payload }) => "$object" in Object(payload["result"]))).toEqual([
      ...odd.map(() => false),
      ...[false, true, true, true],
    ]);
  });

  it("keeps names that the engine's parser mistakes for one another", async () => {
    const given = ["\\", '"', "\n", "a\\", 'a"'].map((name, index) => ({ "!": index === 0 ? [] : 1, [name]: 2 }));
    const task = defineTask("names", async ({ step }) => {
      const texts: string[] = [];
      for (const inputs of given) {
        const returned = await step("tell", { inputs }, (attempt) => {
          texts.push(canonicalJson(attempt.inputs));
          return inputs;
        });
        texts.push(canonicalJson(returned));
      }
      return texts;
    });
    const expected = given.map((inputs) => canonicalJson(inputs)).flatMap((text) => [text, text]);
    expect((await run(task, options())).output).toEqual(expected);
  });

  it("is recorded without secrets, its names in order again", async () => {
    const environment = { ...systemWorld.host.environment, API_TOKEN: "zzzz-secret" };
    const world = { ...systemWorld, host: { ...systemWorld.host, environment } };
    const task = defineTask("secret", ({ step }) => step("tell", () => ({ "zzzz-secret": 1, m: "is zzzz-secret" })));
    const { output } = await run(task, { ...options(), world });
    expect(output).toEqual({ "[redacted:API_TOKEN]": 1, m: "is [redacted:API_TOKEN]" });
    expect(lines().filter((line) => line !== lineOf(JSON.parse(line)))).toEqual([]);
  });

  it("is recorded without the values of the variables that its inputs name", async () => {
    const environment = { ...systemWorld.host.environment, DATABASE_URL: "postgres://u:hunter2@db" };
    const world = { ...systemWorld, host: { ...systemWorld.host, environment } };
    const task = defineTask("named", async ({ step }) => {
      const inputs = { db: { $env: "DATABASE_URL" } };
      const told = await step("connect", { inputs }, (attempt) => `connected to ${attempt.inputs["db"]}`);
      const failed = await step("fail", { inputs }, (attempt) => {
        throw new Error(`no answer from ${attempt.inputs["db"]}`);
      }).catch((error: StepFailed) => error.failure.message);
      const refused = await step("again", { inputs: { db: "postgres://u:hunter2@db" } }, () => 1).catch(
        ({ code }) => code,
      );
      return [told, failed, refused];
    });
    const { output } = await run(task, { ...options(), world });
    expect(output).toEqual([
      "connected to [redacted:DATABASE_URL]",
      "no answer from [redacted:DATABASE_URL]",
      "SECRET_IN_INPUT",
    ]);
    expect(lines().join()).not.toContain("hunter2");
  });

  it("may have no member that could pass for ours", async () => {
    const task = defineTask("reserved", async ({ step }) => {
      const failed = await step("tell", () => ({ $object: 1 })).catch((error: StepFailed) => error.failure.code);
      return failed;
    });
    expect((await run(task, options())).output).toBe("RESERVED_MEMBER");
  });

  it("of a once step stands in the command, and not again in its event", async () => {
    await run(
      defineTask("once", ({ step }) => step("pay", { effect: "once", inputs: { n: 1 } }, () => 1)),
      options(),
    );
    const [command, event] = lines()
      .slice(1, 3)
      .map((line) => JSON.parse(line));
    expect(command).toMatchObject({ kind: "command", inputs: { n: 1 } });
    expect(event).toMatchObject({ event: "call.completed" });
    expect(event).not.toHaveProperty("command");
  });

  it("counts as its success also at a later attempt", async () => {
    let calls = 0;
    const flaky = defineTask("flaky", async ({ step }) => {
      const tried = await step("try", { retry: { maxAttempts: 3 } }, ({ attempt }) => {
        calls += 1;
        if (attempt < 3) throw new Error("not yet");
        return attempt;
      });
      if (calls === 3) await step("stop", { retry: { maxAttempts: 1 } }, () => Promise.reject(new Error("stop")));
      return tried;
    });
    const failed = await run(flaky, options());
    expect(failed.state.steps[0]).toMatchObject({ step: "try", status: "completed", attempts: 3 });
    calls = 10;
    expect(await resume(flaky, { ...options(), runId: failed.runId })).toMatchObject({
      status: "completed",
      output: 3,
    });
    expect(calls).toBe(10);
  });
});

describe("the receipts of function steps", () => {
  it("are written while the run goes on, a group at a time", async () => {
    let written = 0;
    const task = defineTask("long", async ({ step }) => {
      await Promise.all(Array.from({ length: 600 }, (_, n) => step("work", { inputs: { n } }, () => n)));
      written = fs.readFileSync(workspace.runFile("receipts/long/calls.ndjson"), "utf8").split("\n").length - 1;
    });
    await run(task, options());
    expect(written).toBeGreaterThanOrEqual(512);
  });

  it("are in the order of their events, also where some failed", async () => {
    const task = defineTask("mixed", async ({ step }) => {
      for (let n = 0; n < 9; n++) {
        await step("work", { inputs: { n } }, () => {
          if (n % 3 === 1) throw new Error("not this one");
        }).catch(() => {});
      }
    });
    await run(task, options());
    const receipts = fs.readFileSync(workspace.runFile("receipts/mixed/calls.ndjson"), "utf8").trimEnd().split("\n");
    const told = receipts.map((line) => JSON.parse(line)).map(({ n, status, events }) => [n, status, events]);
    expect(told).toEqual(calls().map(({ status, message_id }, index) => [index + 1, status, [message_id]]));
  });
});

function lineOf({ hash, ...body }: Record<string, unknown>): string {
  return `${canonicalJson(body).slice(0, -1)},"hash":"${hash}"}`;
}
