import type { MockAgentOptions } from "./options.ts";

/**
 * Makes this process an agent that does what a script says, the failures too: it is built on the agent kit, and goes below
 * it where it has to misbehave. Where it is in the script is remembered for the run, over all of the agent's processes.
 * `SCRIPT_INVALID`, `FILE_NOT_FOUND`, `PERMISSION`, `READ_FAILED`; `ID_INVALID` for a type that no agent can have.
 */
export async function runMockAgent(options: MockAgentOptions): Promise<void> {
  const { serveMockAgent } = await import("./serve-mock-agent.ts");
  await serveMockAgent(options);
}
