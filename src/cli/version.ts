import { version } from "../index.ts";
import { openDescriptor } from "./descriptor.ts";

/** The answer to `runledger --version`; with `json` as a document. */
export function printVersion(json: boolean): void {
  const stdout = openDescriptor("stdout");
  // A reader that has gone wants no more; a disk that is full is a failure.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.exitCode = 74;
  });
  stdout.write(json ? `${JSON.stringify({ version: 1, runledger: version }, null, 2)}\n` : `${version}\n`);
}
