import { reservedActions } from "../idempotency/key.ts";
import type { Event } from "./event.ts";

/** The agent_type of runledger itself. */
export const systemAgent = "system";

/** The action of a step that a person decides, and the agent_type that it is put to. */
export const decisionAction = "decision";
export const userAgent = "user";

/** True if only `system` may send an event of this name, or no action may have it. */
export function isReserved(name: string): boolean {
  const first = name.split(".", 1)[0] ?? "";
  return (reservedActions as readonly string[]).includes(first);
}

const terminalEventsOf: Record<string, readonly string[]> = {
  implement: ["builder.completed"],
  implement_changes: ["builder.completed"],
  review: ["review.completed"],
  update_spec: ["spec.updated", "spec.no_changes_needed", "spec.changes_requested"],
};

/** The events that end a command of `action`, besides `error`, which ends every command. */
export function terminalEvents(action: string): readonly string[] {
  return terminalEventsOf[action] ?? [`${action}.completed`];
}

/** True if an event of this name ends a command of `action`. */
export function isTerminal(action: string, event: string): boolean {
  return event === "error" || terminalEvents(action).includes(event);
}

/** Whether a terminal event is a failure: named `error`, or with status `failed`. */
export function isFailure(event: Pick<Event, "event" | "status">): boolean {
  return event.event === "error" || event.status === "failed";
}
