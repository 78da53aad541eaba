import { command as key } from "./key.ts";
import { command as logs } from "./logs.ts";
import { command as replay } from "./replay.ts";
import { command as show } from "./show.ts";
import { command as status } from "./status.ts";

/** The commands that need neither schemas nor YAML: loading them all costs as much as loading one. */
export const lightCommands = { key, logs, replay, show, status };
