import path from "node:path";
import { AgentService, stateDirectoryOf } from "../agent-kit/agent-service.ts";
import { failure } from "../agent-kit/failure.ts";
import { nodeSurroundings } from "../agent-kit/surroundings.ts";
import type { Command } from "../protocol/command.ts";
import type { MockAgentOptions } from "./options.ts";
import { type Positions, scriptPositions } from "./position.ts";
import { respond } from "./respond.ts";
import { loadScript, responsesTo } from "./script.ts";
import { harmlessFailures, type Response } from "./script-schema.ts";

const graceMs = 5_000;

/** Serves commands by the script until the run closes stdin. Rejects as `runMockAgent` of the public API. */
export async function serveMockAgent(options: MockAgentOptions): Promise<void> {
  const { type, heartbeatIntervalMs = 10_000, noHeartbeat = false } = options;
  const surroundings = nodeSurroundings;
  const { disk, host } = surroundings;
  const script = loadScript(disk, path.resolve(host.directory, options.script), options.script);
  const positionOf = scriptPositions(disk, stateDirectoryOf(host));
  await new AgentService({
    surroundings,
    type,
    id: type,
    handlerOf: (sent, voice) => {
      const responses = responsesTo(script, sent.action);
      if (responses === undefined) return undefined;
      return (command) => respond({ surroundings, voice, sent }, responseNow(responses, sent, positionOf), command);
    },
    actions: Object.keys(script.actions),
    heartbeatIntervalMs: noHeartbeat ? undefined : heartbeatIntervalMs,
    graceMs,
  }).serve();
}

/** The end of a list is an error: a command too many is what a rehearsal is there to find. */
function responseNow(
  responses: Response | readonly Response[],
  { action, idempotency_key: key }: Command,
  positionOf: Positions,
): Response {
  if (!isList(responses)) return responses;
  const position = positionOf({ action, key }, (taken) => goesWell(responses[taken - 1]));
  const response = responses[position - 1];
  if (response !== undefined) return response;
  const many = `${responses.length} ${responses.length === 1 ? "response" : "responses"}`;
  throw failure("SCRIPT_ENDED", `the script has ${many} to ${action}, and this is command ${position}`);
}

function goesWell(response: Response | undefined): boolean {
  if (response === undefined || response.error !== undefined) return false;
  return response.failure === undefined || (harmlessFailures as readonly string[]).includes(response.failure);
}

function isList(responses: Response | readonly Response[]): responses is readonly Response[] {
  return Array.isArray(responses);
}
