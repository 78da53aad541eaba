import type { Disk } from "../durable/disk.ts";
import { errnoOf, RunledgerError, readFailureCode } from "../errors.ts";
import type { PathPart } from "../idempotency/json-path.ts";
import { isReserved, isTerminal } from "../protocol/event-names.ts";
import { readDocument } from "../task/document.ts";
import { type Problem, placeProblems, taskRefusal } from "../task/problem.ts";
import { judged } from "../task/shape.ts";
import { type Response, type Script, scriptSchema } from "./script-schema.ts";

/**
 * Reads the script in `file`: YAML, or JSON if its name ends in `.json`. `shown` is its name in messages. `SCRIPT_INVALID` names everything that is wrong, each with line and
 * field; `FILE_NOT_FOUND`, `PERMISSION`, `READ_FAILED`.
 */
export function loadScript(disk: Disk, file: string, shown: string): Script {
  const text = readText(disk, file, shown);
  try {
    const { value, lineOf } = readDocument(text, shown);
    const { data, problems } = judged(scriptSchema, value);
    const all = [...problems, ...(data === undefined ? [] : ruleProblems(data))];
    if (data !== undefined && all.length === 0) return data;
    throw taskRefusal("SCRIPT_INVALID", shown, placeProblems(all, lineOf));
  } catch (error) {
    throw error instanceof RunledgerError ? scriptRefusal(error) : error;
  }
}

/** The responses to `action`: one for all commands, or one after the other. Undefined if the script has none. */
export function responsesTo(script: Script, action: string): Response | readonly Response[] | undefined {
  return Object.hasOwn(script.actions, action) ? script.actions[action] : undefined;
}

function readText(disk: Disk, file: string, shown: string): string {
  try {
    return Buffer.from(disk.readFile(file)).toString();
  } catch (cause) {
    const errno = errnoOf(cause) ?? String(cause);
    const code = errno === "ENOENT" ? "FILE_NOT_FOUND" : readFailureCode(cause);
    throw new RunledgerError(code, `${shown}: the script cannot be read (${errno})`, {
      hint: `See what is there: ls -lL ${file}`,
      details: { file, errno },
      cause,
    });
  }
}

/** The reader of task files speaks of tasks. */
function scriptRefusal({ message, details }: RunledgerError): RunledgerError {
  return new RunledgerError("SCRIPT_INVALID", message, {
    hint: "Correct the script; docs/AGENTS.md says what it may hold.",
    details: { ...details },
  });
}

function ruleProblems({ actions }: Script): Problem[] {
  return Object.entries(actions).flatMap(([action, responses]) =>
    Array.isArray(responses)
      ? responses.flatMap((response, index) => responseProblems(action, response, ["actions", action, index]))
      : responseProblems(action, responses, ["actions", action]),
  );
}

function responseProblems(action: string, response: Response, path: PathPart[]): Problem[] {
  const { events = [], error, failure, exit_status } = response;
  const problems: Problem[] = [];
  for (const [index, { event }] of events.entries()) {
    const at = [...path, "events", index, "event"];
    const isLast = index === events.length - 1 && error === undefined;
    if (isReserved(event))
      problems.push({ path: at, says: `${event}: only runledger itself sends events of this name` });
    if (event === "error")
      problems.push({ path: at, says: "write `error: { code, message }` beside the events instead" });
    else if (isTerminal(action, event) && !isLast) {
      problems.push({ path: at, says: `${event} ends the command: nothing can follow` });
    }
  }
  if (exit_status !== undefined && failure !== "exit" && failure !== "unfinished_line") {
    problems.push({ path: [...path, "exit_status"], says: "only with `failure: exit` or `unfinished_line`" });
  }
  return problems;
}
