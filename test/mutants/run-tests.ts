import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { errnoOf } from "../../src/errors.ts";

/** What became of files of tests. */
export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly file: string; readonly title: string }
  /** No test failed, and yet not all passed: the program could not even be loaded. */
  | { readonly kind: "broken"; readonly why: string };

/** Runs files of tests in a copy of the project, up to the first test that fails. */
export class TestRunner {
  readonly #directory: string;
  #child: ChildProcess | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async run(files: readonly string[]): Promise<Verdict> {
    const report = path.join(this.#directory, "report.json");
    fs.rmSync(report, { force: true });
    const vitest = path.join(this.#directory, "node_modules/vitest/vitest.mjs");
    const reporting = ["--reporter", "json", "--outputFile", report];
    // In a group of its own: a Ctrl-C is ours to handle, and its workers can be ended with it.
    const child = spawn(process.execPath, [vitest, "run", ...files, "--bail", "1", ...reporting], {
      cwd: this.#directory,
      env: environment(),
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    const said: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    await once(child, "exit");
    this.end();
    this.#child = undefined;
    if (!fs.existsSync(report)) return { kind: "broken", why: Buffer.concat(said).toString().trim() };
    return verdictOf(JSON.parse(fs.readFileSync(report, "utf8")) as Report, this.#directory);
  }

  /** Ends what is running, and what tests have left behind: a mutant may keep their processes from ending. */
  end(): void {
    try {
      if (this.#child?.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch (error) {
      if (errnoOf(error) !== "ESRCH") throw error;
    }
  }
}

interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

function verdictOf({ success, testResults }: Report, directory: string): Verdict {
  if (success) return { kind: "passed" };
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed !== undefined) return { kind: "failed", file: path.relative(directory, name), title: failed.title };
  }
  return { kind: "broken", why: testResults.map(({ message }) => message).join("\n") };
}

/** As by day, and with no other reporter. */
function environment(): NodeJS.ProcessEnv {
  const { RUNLEDGER_NIGHTLY: _, TEST_REPORT: __, VITEST: ___, ...rest } = process.env;
  return rest;
}
