import { runMockAgent } from "../index.ts";
import { defineCommand } from "./command.ts";

export const command = defineCommand({
  name: "mock-agent",
  summary: "be an agent that does what a script says, to rehearse a task",
  options: {
    type: { value: "NAME", says: "the agent's name in the task", required: true },
    script: { value: "FILE", says: "how it responds to each action: YAML or JSON", required: true },
    "heartbeat-interval": {
      value: "MS",
      says: "milliseconds between two heartbeats, 10 to 3600000",
      otherwise: "10000",
    },
    "no-heartbeat": { says: "send the first heartbeat only" },
  },
  notes: [
    "It stands in a task where the agent will stand: messages on stdout, commands on stdin.\nWhat a script may hold: docs/AGENTS.md",
  ],
  examples: ["runledger mock-agent --type reviewer --script rehearsal/reviewer.yaml"],
  async perform(given) {
    await runMockAgent({
      type: given.required("type"),
      script: given.required("script"),
      heartbeatIntervalMs: given.wholeNumber("heartbeat-interval", 10, 3_600_000),
      noHeartbeat: given.has("no-heartbeat"),
    });
    return 0;
  },
});
