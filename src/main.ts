#!/usr/bin/env node
// Old Nodes have to understand this file, to be told which one is needed: nothing is imported before the check.
const [major, minor] = process.versions.node.split(".").map(Number);

if (major === undefined || minor === undefined || major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`runledger: needs Node 22.18 or newer, this is Node ${process.versions.node}\n`);
  process.exitCode = 78;
} else if (process.argv[2] === "--version" && process.argv.slice(3).every((word) => word === "--json")) {
  void import("./cli/version.ts").then(({ printVersion }) => printVersion(process.argv.includes("--json")));
} else if (process.argv[2] === "status") {
  void import("./cli/status-program.ts").then(({ runStatus }) => runStatus(process.argv.slice(2)));
} else {
  void import("./cli/program.ts").then(({ runProgram }) => runProgram(process.argv.slice(2)));
}
