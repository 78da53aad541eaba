import type { PathPart } from "../idempotency/json-path.ts";
import { durationMs, maxTimeoutMs } from "./duration.ts";
import type { Problem } from "./problem.ts";
import { expectedFound } from "./shown.ts";

/** What is wrong with a time that is written as `text` in the field `name`, or in milliseconds in `<name>_ms`. */
export function durationProblems(
  path: readonly PathPart[],
  name: string,
  text: string | undefined,
  milliseconds: number | undefined,
): Problem[] {
  if (text === undefined) return [];
  const at = [...path, name];
  const twice = { path: at, says: `\`${name}_ms\` says the same; write one of them` };
  const problems = milliseconds === undefined ? [] : [twice];
  const timeMs = durationMs(text);
  if (timeMs >= 1 && timeMs <= maxTimeoutMs) return problems;
  return [...problems, { path: at, says: expectedFound("a time from 1ms to 576h", text) }];
}
