import { version } from "../index.ts";

/** The answer to `runledger --version`. */
export function printVersion(): void {
  process.stdout.write(`${version}\n`);
}
