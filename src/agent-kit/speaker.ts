import { isPathId } from "../durable/layout.ts";
import { RunledgerError } from "../errors.ts";

/** Who speaks. */
export interface Speaker {
  /** The agent's name in the task. */
  readonly type: string;
  readonly id: string;
}

/** `ID_INVALID` unless messages of this speaker can be valid: whatever it said would only be a fault. */
export function requireSpeaker({ type, id }: Speaker): void {
  if (!/^[a-z][a-z0-9_-]*$/.test(type)) {
    throw invalid("type", type, "It is the agent's name in the task: a lower-case letter, then a-z, 0-9, _ and -.");
  }
  if (!isPathId(id)) throw invalid("id", id, "It has 1 to 128 letters, digits, dots, dashes and underscores.");
}

function invalid(what: string, id: string, hint: string): RunledgerError {
  return new RunledgerError("ID_INVALID", `not the ${what} of an agent: ${JSON.stringify(id)}`, {
    hint,
    details: { id },
  });
}
