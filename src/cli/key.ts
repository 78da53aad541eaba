import { idempotencyKey, type KeyParts } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption } from "./common-options.ts";

export const command = defineCommand({
  name: "key",
  summary: "compute the idempotency key of a command from its parts",
  options: {
    action: { value: "ACTION", says: "e.g. implement, exec", required: true },
    task: { value: "ID", says: "the task's id", required: true },
    snapshot: { value: "ID", says: "the snapshot's id", required: true },
    inputs: { value: "JSON", says: "an object; with its $runledger member if it has one", otherwise: "{}" },
    outputs: { value: "JSON", says: "the list of expected outputs", otherwise: "[]" },
    ...jsonOption,
  },
  notes: ["`runledger show --run ID --step STEP` prints the parts of a recorded key."],
  examples: [
    `runledger key --action implement --task T-0042 --snapshot snap-d0ab7e60b764 --inputs '{"goal":"test goal"}' --outputs '[]'`,
  ],
  perform(given, output) {
    const key = idempotencyKey({
      action: given.required("action"),
      taskId: given.required("task"),
      snapshotId: given.required("snapshot"),
      // What is no object or no list is refused there.
      inputs: given.has("inputs") ? (given.json("inputs") as KeyParts["inputs"]) : {},
      expectedOutputs: given.has("outputs") ? (given.json("outputs") as KeyParts["expectedOutputs"]) : [],
    });
    if (output.json) output.document({ version: 1, key });
    else output.line(key);
    return 0;
  },
});
