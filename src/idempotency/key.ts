import { RunledgerError } from "../errors.ts";
import { canonicalJson } from "./canonical.ts";
import { sha256Hex } from "./digest.ts";

/** What makes a command the same command. */
export interface KeyParts {
  /** `^[a-z][a-z0-9_.-]{0,63}$`; its first dotted part is none of {@link reservedActions}. */
  readonly action: string;
  readonly taskId: string;
  readonly snapshotId: string;
  /** JSON, with the engine's `$runledger` member if there is one. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** In their order; `required` is true unless written. Other members do not enter the key. */
  readonly expectedOutputs: readonly { readonly path: string; readonly required?: boolean | undefined }[];
}

/** First dotted parts that no action may have: events of these names are runledger's own. */
export const reservedActions = ["run", "ledger", "step", "drift", "agent", "system"] as const;

/**
 * The idempotency key `ik:<64 hex>`: SHA-256 over action, task id, snapshot id, canonical inputs and canonical expected
 * outputs, one LF between them. Message and correlation ids, deadline, priority, attempt and agent are no part of it.
 *
 * A key that cannot be made is an error, never a fallback: `ID_INVALID` for action and ids, `NOT_JSON` for values that
 * JSON cannot say, `USAGE` for inputs or expected outputs of another shape.
 */
export function idempotencyKey(parts: KeyParts): string {
  checkAction(parts.action);
  checkId("task id", parts.taskId);
  checkId("snapshot id", parts.snapshotId);
  return keyOfTexts({
    ...parts,
    inputs: canonicalInputs(parts.inputs),
    expectedOutputs: canonicalOutputs(parts.expectedOutputs),
  });
}

/** {@link KeyParts} that have been checked; inputs and expected outputs as canonical JSON. */
export interface KeyTexts {
  readonly action: string;
  readonly taskId: string;
  readonly snapshotId: string;
  readonly inputs: string;
  readonly expectedOutputs: string;
}

/** {@link idempotencyKey} of parts that need no check. */
export function keyOfTexts({ action, taskId, snapshotId, inputs, expectedOutputs }: KeyTexts): string {
  return `ik:${sha256Hex(`${action}\n${taskId}\n${snapshotId}\n${inputs}\n${expectedOutputs}`)}`;
}

/**
 * The key `ck:<64 hex>` of a key that a caller chose: SHA-256 of its UTF-8. `USAGE` for an empty one, which is
 * mostly a variable nobody set, and for lone surrogates, which would all hash alike.
 */
export function chosenKey(key: string): string {
  if (typeof key !== "string" || key === "" || !key.isWellFormed()) {
    throw new RunledgerError("USAGE", `not a key: ${JSON.stringify(key)}`, {
      hint: "A chosen key is a text that is not empty, e.g. 'invoice-42'.",
    });
  }
  return `ck:${sha256Hex(key)}`;
}

// Hostile: an LF inside a part would pass for the border to the next one; undefined reads as "undefined" to a pattern.
const actionPattern = /^[a-z][a-z0-9_.-]{0,63}$/;
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

function checkAction(action: string): void {
  if (typeof action !== "string" || !actionPattern.test(action)) {
    throw new RunledgerError("ID_INVALID", `not an action: ${JSON.stringify(action)}`, {
      hint: "An action is a lower-case letter and up to 63 of a-z, 0-9, '_', '.', '-'.",
      details: { action },
    });
  }
  const first = action.split(".", 1)[0];
  if (reservedActions.some((reserved) => reserved === first)) {
    throw new RunledgerError(
      "ID_INVALID",
      `the action ${action} is reserved: names under "${first}" are runledger's own`,
      {
        hint: `Choose an action that does not start with ${reservedActions.join(", ")}.`,
        details: { action },
      },
    );
  }
}

function checkId(what: string, id: string): void {
  if (typeof id === "string" && idPattern.test(id)) return;
  throw new RunledgerError("ID_INVALID", `not a ${what}: ${JSON.stringify(id)}`, {
    hint: "Ids are 1 to 128 letters, digits, dots, dashes and underscores, and start with a letter or digit.",
    details: { id },
  });
}

function canonicalInputs(inputs: KeyParts["inputs"]): string {
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs)) {
    throw new RunledgerError("USAGE", `the inputs are ${shapeOf(inputs)} instead of an object`, {
      hint: 'Give inputs as a JSON object, e.g. {"goal":"…"}; {} for none.',
    });
  }
  return canonicalJson(inputs);
}

function canonicalOutputs(outputs: KeyParts["expectedOutputs"]): string {
  if (!Array.isArray(outputs)) refuseOutputs(`${shapeOf(outputs)} instead of a list`);
  if (outputs.length === 0) return "[]";
  return canonicalJson(
    outputs.map((output, index) => {
      const { path, required = true } = output ?? {};
      if (typeof path !== "string" || path === "") refuseOutputs(`wrong at [${index}]: path is ${shapeOf(path)}`);
      if (typeof required !== "boolean") refuseOutputs(`wrong at [${index}]: required is ${shapeOf(required)}`);
      return { path, required };
    }),
  );
}

function refuseOutputs(problem: string): never {
  throw new RunledgerError("USAGE", `the expected outputs are ${problem}`, {
    hint: 'Give expected outputs as a list, e.g. [{"path":"dist/handbook.html"}]; [] for none.',
  });
}

function shapeOf(value: unknown): string {
  if (value === "") return "empty";
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : `of type ${typeof value}`;
}
