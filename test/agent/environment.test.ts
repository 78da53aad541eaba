import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { envNames, resolveEnv } from "../../src/agent/env-reference.ts";
import { childEnvironment, runToken, tokensIn } from "../../src/agent/environment.ts";

const command = { step: "build", key: "ik:0", attempt: 2 };
const identity = { runId: "run-1", tokens: ["run-1@0123456789abcdef"], command };

describe("the environment of a child", () => {
  it("is what this process has, then the step's variables, then runledger's own", () => {
    const inherited = { PATH: "/bin", STAGE: "test", GONE: undefined };
    expect(childEnvironment(inherited, { STAGE: "prod", RUNLEDGER_KEY: "forged" }, identity)).toEqual({
      PATH: "/bin",
      STAGE: "prod",
      RUNLEDGER_RUN_ID: "run-1",
      RUNLEDGER_STEP: "build",
      RUNLEDGER_KEY: "ik:0",
      RUNLEDGER_ATTEMPT: "2",
      RUNLEDGER_OWNERS: "run-1@0123456789abcdef",
    });
  });

  it("keeps the tokens of the runs around it, and no step can take them away", () => {
    const inner = childEnvironment({ RUNLEDGER_OWNERS: "outer@1" }, { RUNLEDGER_OWNERS: "" }, identity);
    expect(tokensIn(inner.RUNLEDGER_OWNERS)).toEqual(["outer@1", ...identity.tokens]);
    expect(childEnvironment(inner, {}, identity).RUNLEDGER_OWNERS).toBe(inner.RUNLEDGER_OWNERS);
  });

  it("names the agent's own memory only where it has one", () => {
    const inherited = { RUNLEDGER_AGENT_STATE: "/outer" };
    expect(childEnvironment(inherited, {}, identity)).not.toHaveProperty("RUNLEDGER_AGENT_STATE");
    expect(childEnvironment(inherited, {}, { ...identity, agentState: "/own" }).RUNLEDGER_AGENT_STATE).toBe("/own");
  });
});

describe("the environment of an agent", () => {
  it("says nothing of the command that a run around it was started for", () => {
    const around = childEnvironment({}, {}, identity);
    const { runId, tokens } = identity;
    expect(Object.keys(childEnvironment(around, {}, { runId, tokens }))).toEqual([
      "RUNLEDGER_RUN_ID",
      "RUNLEDGER_OWNERS",
    ]);
  });
});

describe("the token of a run", () => {
  it("differs for a copy of the store", () => {
    expect(runToken("run-1", 4711)).toBe("run-1@4711");
    expect(runToken("run-1", 4711)).not.toBe(runToken("run-1", 4712));
  });
});

describe("a reference to a variable", () => {
  it("is resolved wherever it stands, and only in its exact form", () => {
    const inputs = { a: [{ $env: "ONE" }], b: { $env: "ONE", c: 1 }, d: { $env: 1 }, e: { f: { $env: "EMPTY" } } };
    expect(resolveEnv(inputs, { ONE: "1", EMPTY: "" }, "build")).toEqual({
      a: ["1"],
      b: { $env: "ONE", c: 1 },
      d: { $env: 1 },
      e: { f: "" },
    });
    expect(envNames(inputs)).toEqual(["ONE", "EMPTY"]);
  });

  it("to a variable that is not set is refused, naming it and the step", () => {
    expect(() => resolveEnv({ token: { $env: "DEPLOY_TOKEN" } }, {}, "publish")).toThrow(
      expect.objectContaining({
        code: "ENV_MISSING",
        exitStatus: 78,
        message: expect.stringMatching(/publish.*DEPLOY_TOKEN/),
      }),
    );
  });

  it("leaves every other JSON value as it is, also one with a member named __proto__", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(resolveEnv(value, {}, "build"))).toBe(JSON.stringify(value));
      }),
    );
    const hostile = JSON.parse('{"__proto__":{"a":1}}');
    expect(JSON.stringify(resolveEnv(hostile, {}, "build"))).toBe('{"__proto__":{"a":1}}');
  });
});
