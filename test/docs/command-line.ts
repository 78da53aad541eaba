import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { repository } from "../source/source-files.ts";

const program = path.join(repository, "dist/main.js");

/** What the built program prints for `--help`; of the whole program if `command` is empty. */
export function helpText(command: string): string {
  if (!existsSync(program)) throw new Error("the program is not built: npm run build");
  const args = command === "" ? ["--help"] : [command, "--help"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", COLUMNS: "100" },
  });
  if (status !== 0) throw new Error(`runledger ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}
