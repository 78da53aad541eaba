import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/idempotency/canonical.ts";
import { sha256 } from "../../src/idempotency/digest.ts";
import { parseTask } from "../../src/task/parse.ts";
import { readTaskJson, taskDigest, taskJson } from "../../src/task/task-json.ts";
import { handbook, refusalOf } from "./given.ts";

const task = parseTask(handbook, "tasks/T-0042.yaml");
const bytes = Buffer.from(taskJson(task));

describe("task.json", () => {
  it("is the canonical JSON of the task, and the digest is that of exactly its bytes", () => {
    expect(bytes.toString()).toBe(canonicalJson(task));
    expect(taskDigest(task)).toBe(sha256(bytes));
  });

  it("gives back the task it was written from", () => {
    expect(readTaskJson(bytes, taskDigest(task))).toEqual(task);
  });

  it("is refused as damaged if any byte differs, even one that keeps its meaning", () => {
    const spaced = Buffer.concat([bytes, Buffer.from("\n")]);
    const error = refusalOf(() => readTaskJson(spaced, taskDigest(task)));
    expect(error).toMatchObject({ code: "RECORD_DAMAGED", exitStatus: 65 });
    expect(error.details).toEqual({ expected: taskDigest(task), found: sha256(spaced) });
  });

  it("is read as it was written, also where the engine's parser mistakes one name for another", () => {
    JSON.parse('{"!":[],"\\\\":0}');
    const odd = canonicalJson({ steps: [{ inputs: { "!": 1, '"': 2 } }], version: 1 });
    expect(canonicalJson(readTaskJson(Buffer.from(odd), sha256(odd)))).toBe(odd);
  });

  it("is refused as newer if a later runledger wrote it", () => {
    const newer = Buffer.from('{"version":2}');
    expect(refusalOf(() => readTaskJson(newer, sha256(newer)))).toMatchObject({ code: "FORMAT_NEWER", exitStatus: 78 });
  });
});

describe("what a resume needs of a task", () => {
  it("loads neither the schema library nor the YAML parser, which cost time at every start", () => {
    expect(packagesOf("task-json.ts", "graph.ts", "task.ts")).toEqual([]);
    expect(packagesOf("parse.ts")).toEqual(["yaml", "zod"]);
  });
});

/** The packages that a new process loads with these files of src/task. */
function packagesOf(...files: string[]): string[] {
  const urls = files.map((file) => new URL(`../../src/task/${file}`, import.meta.url).href);
  const source = `
    import { registerHooks } from "node:module";
    const seen = new Set();
    registerHooks({ resolve: (name, context, next) => (/^(zod|yaml)$/.test(name) && seen.add(name), next(name, context)) });
    for (const url of ${JSON.stringify(urls)}) await import(url);
    console.log(JSON.stringify([...seen].sort()));`;
  const flags = ["--experimental-strip-types", "--no-warnings", "--input-type=module", "-e", source];
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" }));
}
