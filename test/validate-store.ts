import fs from "node:fs";
import path from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";

const schemas = path.resolve(import.meta.dirname, "../schemas/v1");
const validators = new Map<string, ValidateFunction>();

/**
 * Every record of the store at `store` is as schemas/v1 says, judged by an independent validator: ledger lines, receipts,
 * run states, manifests, and the tasks of task files. Torn tails and files that were set aside are no records.
 */
export function validateStore(store: string): void {
  for (const file of filesBelow(store)) {
    for (const { schema, text } of recordsOf(path.join(store, file), file)) {
      const validate = validatorOf(schema);
      validate(JSON.parse(text));
      expect(validate.errors, `${file} is not what ${schema} says: ${text.slice(0, 500)}`).toBeNull();
    }
  }
}

interface StoredRecord {
  readonly schema: string;
  readonly text: string;
}

/** The records in a file, by its place in the store. */
function recordsOf(absolute: string, file: string): StoredRecord[] {
  const one = (schema: string) => [{ schema, text: fs.readFileSync(absolute, "utf8") }];
  if (/^runs\/[^/]+\/ledger\.ndjson$/.test(file)) return lines(absolute, "ledger-entry");
  if (/^runs\/[^/]+\/receipts\/[^/]+\/calls\.ndjson$/.test(file)) return lines(absolute, "receipt");
  if (/^runs\/[^/]+\/receipts\/[^/]+\/step-\d+\.json$/.test(file)) return one("receipt");
  if (/^runs\/[^/]+\/run\.json$/.test(file)) return one("run-state");
  if (/^snapshots\/[^/]+\.manifest\.json$/.test(file)) return one("snapshot-manifest");
  if (/^runs\/[^/]+\/task\.json$/.test(file)) return one("task").filter(({ text }) => "steps" in JSON.parse(text));
  return [];
}

function lines(absolute: string, schema: string): StoredRecord[] {
  const whole = fs.readFileSync(absolute, "utf8").split("\n").slice(0, -1);
  return whole.map((text) => ({ schema, text }));
}

function validatorOf(name: string): ValidateFunction {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({ strict: true, strictTuples: false });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(fs.readFileSync(path.join(schemas, `${name}.schema.json`), "utf8")));
  validators.set(name, validate);
  return validate;
}

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
}
