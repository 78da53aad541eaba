import { serveAgent } from "runledger/agent";
import { smallResult } from "../small-result.ts";

// An agent as most are written, with nothing to do.
await serveAgent({
  type: "worker",
  handlers: { work: () => ({ payload: smallResult(0) }) },
});
