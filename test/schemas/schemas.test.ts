import fs from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { published, schemaText } from "../../scripts/schema-texts.ts";

const directory = path.resolve(import.meta.dirname, "../../schemas/v1");

describe.each(published)("the schema of $name", ({ name, schema, description }) => {
  const committed = path.join(directory, `${name}.schema.json`);
  const rules = () => JSON.parse(fs.readFileSync(committed, "utf8"));

  it("is as the code defines it", () => {
    const stale = `schemas/v1/${name}.schema.json is not what the code says: type \`npm run schemas\` and look at the diff`;
    expect(fs.readFileSync(committed, "utf8"), stale).toBe(schemaText({ name, schema, description }));
  });

  it("is JSON Schema 2020-12 with an id of its own and no rule that a strict validator does not know", () => {
    expect(rules()).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: `urn:runledger:schemas:v1:${name}`,
      description,
    });
    expect(() => validator(rules())).not.toThrow();
  });

  it.each(examplesOf(name))("has $verdict $file, and zod and the validator agree", ({ verdict, value }) => {
    const zod = schema.safeParse(value).success;
    const json = validator(rules())(value);
    expect({ zod, json }).toEqual({ zod: verdict === "accepted", json: verdict === "accepted" });
  });

  it("has several examples of either kind", () => {
    const verdicts = examplesOf(name).map(({ verdict }) => verdict);
    expect(verdicts.filter((verdict) => verdict === "accepted").length).toBeGreaterThanOrEqual(3);
    expect(verdicts.filter((verdict) => verdict === "rejected").length).toBeGreaterThanOrEqual(5);
  });

  it("judges whatever becomes of an example by one change as zod does", () => {
    const validate = validator(rules());
    const accepted = examplesOf(name).filter(({ verdict }) => verdict === "accepted");
    fc.assert(
      fc.property(
        fc.constantFrom(...accepted),
        fc.nat(),
        fc.jsonValue(),
        fc.boolean(),
        (example, at, other, remove) => {
          const value = changed(example.value, at, remove ? undefined : other);
          expect(validate(value), JSON.stringify(value)).toBe(schema.safeParse(value).success);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("the folder schemas/v1", () => {
  it("holds nothing but the published schemas and their examples", () => {
    const names = published.map(({ name }) => name);
    expect(fs.readdirSync(path.join(directory, "examples")).sort()).toEqual(names.toSorted());
    const files = fs.readdirSync(directory).filter((file) => file !== "examples");
    expect(files.sort()).toEqual(names.map((name) => `${name}.schema.json`).sort());
  });
});

describe("the golden ledger", () => {
  const lines = fs.readFileSync(path.resolve(import.meta.dirname, "../vectors/ledger-5-entries.ndjson"), "utf8");

  it.each(
    lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  )("has a valid entry $seq", (entry) => {
    const rules = JSON.parse(fs.readFileSync(path.join(directory, "ledger-entry.schema.json"), "utf8"));
    const validate = validator(rules);
    validate(entry);
    expect(validate.errors).toBeNull();
  });
});

function validator(rules: object) {
  // Strict tuples have a fixed length; a program and its arguments have not.
  const ajv = new Ajv2020({ strict: true, strictTuples: false });
  addFormats.default(ajv);
  return ajv.compile(rules);
}

interface Example {
  verdict: "accepted" | "rejected";
  file: string;
  value: unknown;
}

function examplesOf(name: string): Example[] {
  return (["accepted", "rejected"] as const).flatMap((verdict) => {
    const folder = path.join(directory, "examples", name, verdict);
    const files = fs.readdirSync(folder).sort();
    return files.map((file) => ({
      verdict,
      file,
      value: JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")),
    }));
  });
}

/** A copy of `value` in which the member that `at` hits is `other`, or is gone if that is undefined. */
function changed(value: unknown, at: number, other: unknown): unknown {
  const copy = structuredClone(value);
  const places: [object: Record<string, unknown>, name: string][] = [];
  const collect = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    for (const [name, member] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, name]);
      collect(member);
    }
  };
  collect(copy);
  const [object, name] = places[at % places.length] ?? [{}, ""];
  if (other !== undefined) object[name] = other;
  else if (Array.isArray(object)) object.splice(Number(name), 1);
  else delete object[name];
  return copy;
}
