import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { defineTask, run } from "../../src/index.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";
import { worldWhere } from "./watched-world.ts";

const workspaces = givenWorkspaces();
let workspace: Workspace;
beforeEach(() => {
  workspace = workspaces.make();
});

describe("what a function step returns", () => {
  it.each([1, 20])("is handed on when its line is durable, of %i at a time", async (atATime) => {
    let durable = "";
    const world = worldWhere((file, method) => {
      if (method.startsWith("datasync") && path.basename(file) === "ledger.ndjson")
        durable = fs.readFileSync(file, "utf8");
      return undefined;
    });
    const task = defineTask("handed-on", async ({ step }) => {
      const lanes = Array.from({ length: atATime }, async (_, lane) => {
        for (const n of [1, 2, 3]) {
          const said = await step("say", { inputs: { lane, n } }, () => `lane ${lane} said ${n}`);
          expect(durable).toContain(`"result":"${said}"`);
        }
      });
      await Promise.all(lanes);
    });
    const options = { workspace: workspace.directory, store: workspace.store, snapshot: false as const, world };
    expect((await run(task, options)).status).toBe("completed");
    expect(durable.split('"event":"call.completed"').length - 1).toBe(3 * atATime);
  });
});
