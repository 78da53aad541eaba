import { command as abort } from "./abort.ts";
import { command as decide } from "./decide.ts";
import { command as doctor } from "./doctor.ts";
import { command as mockAgent } from "./mock-agent.ts";
import { command as resume } from "./resume.ts";
import { command as run } from "./run.ts";
import { command as snapshot } from "./snapshot.ts";
import { command as validate } from "./validate.ts";
import { command as verify } from "./verify.ts";

/** The commands that work on runs, check or mend them, or read task files and workspaces. */
export const heavyCommands = {
  abort,
  decide,
  doctor,
  "mock-agent": mockAgent,
  resume,
  run,
  snapshot,
  validate,
  verify,
};
