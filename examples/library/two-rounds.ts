import { defineTask, run } from "runledger";

const task = defineTask(
  "two-rounds",
  async ({ ask }) => {
    const draft = await ask("draft", { agent: "writer", action: "draft", inputs: { topic: "mornings" } });
    const review = await ask("review", { agent: "reviewer", action: "review", round: 1, feedback: draft });
    return review.payload;
  },
  {
    agents: {
      writer: { command: ["node", "agents/writer.mjs"] },
      reviewer: { command: ["node", "agents/reviewer.mjs"] },
    },
  },
);

await run(task);
