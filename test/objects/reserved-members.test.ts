import { describe, expect, it } from "vitest";
import { refuseReservedMembers } from "../../src/objects/reserved-members.ts";
import { errorOf, nested } from "../idempotency/given.ts";

const refusal = (value: unknown, allowEnv = false) => errorOf(() => refuseReservedMembers(value, { allowEnv }));

describe("values from users and agents", () => {
  it.each(["$object", "$runledger", "$env"])("may not have a member %s anywhere, and the place is named", (member) => {
    expect(refusal({ [member]: 1 })).toMatchObject({
      code: "RESERVED_MEMBER",
      details: { path: `$.${member}`, member },
    });
    expect(refusal({ a: [0, { "b c": { [member]: null } }] }).details.path).toBe(`$.a[1]["b c"].${member}`);
  });

  it("may have any other member, and these words as values", () => {
    const value = { $: 1, $objects: 2, object: 3, list: ["$object", { name: "$env" }], nothing: null };
    expect(() => refuseReservedMembers(value, { allowEnv: false })).not.toThrow();
    expect(() => refuseReservedMembers("$object", { allowEnv: false })).not.toThrow();
  });

  it("may name a variable where that is allowed, and nowhere else", () => {
    const value = { token: { $env: "DEPLOY_TOKEN" }, list: [{ $env: "_x1" }] };
    expect(() => refuseReservedMembers(value, { allowEnv: true })).not.toThrow();
    expect(refusal(value).details.path).toBe("$.token.$env");
  });

  it.each([
    [{ $env: 1 }],
    [{ $env: "" }],
    [{ $env: "1A" }],
    [{ $env: "A=B" }],
    [{ $env: "A\n" }],
    [{ $env: { $env: "A" } }],
    [{ $env: "A", default: "x" }],
    [{ default: "x", $env: "A" }],
  ])("may not name a variable as %j", (value) => {
    expect(refusal({ token: value }, true).details.path).toBe("$.token.$env");
  });

  it("may not smuggle an object in beside a variable", () => {
    expect(refusal({ $env: "A", $object: 1 }, true).code).toBe("RESERVED_MEMBER");
    expect(refusal({ a: { $object: { $env: "A" } } }, true).details.path).toBe("$.a.$object");
  });

  it("are refused when they are nested too deep to be recorded, or in themselves", () => {
    const cycle: Record<string, unknown> = {};
    Object.assign(cycle, { a: cycle, b: cycle });
    expect(refusal(nested("object", 257)).code).toBe("NOT_JSON");
    expect(refusal(nested("array", 1_000_000)).code).toBe("NOT_JSON");
    expect(refusal(cycle).code).toBe("NOT_JSON");
    expect(() => refuseReservedMembers(nested("object", 256), { allowEnv: false })).not.toThrow();
  });
});
