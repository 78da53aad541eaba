import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { repository } from "./source/source-files.ts";

/** Tests run the built program: it is built once before them, if a source is newer than it. */
export default function setup(): void {
  if (builtAt() > newestSource()) return;
  // What was built before stays: programs that another process has started keep the files they may still load.
  execFileSync(process.execPath, [path.join(repository, "node_modules/tsup/dist/cli-default.js")], {
    cwd: repository,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function builtAt(): number {
  const built = ["dist/main.js", "dist/index.js"].map((file) => path.join(repository, file));
  return built.every((file) => existsSync(file)) ? Math.min(...built.map(changedAt)) : 0;
}

function newestSource(): number {
  const sources = readdirSync(path.join(repository, "src"), { recursive: true, encoding: "utf8" });
  const files = sources
    .map((file) => path.join("src", file))
    .concat("tsup.config.ts", "scripts/direct-imports.ts", "scripts/on-demand.ts");
  return Math.max(...files.map((file) => changedAt(path.join(repository, file))));
}

function changedAt(file: string): number {
  return statSync(file).mtimeMs;
}
