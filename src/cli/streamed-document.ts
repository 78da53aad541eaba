import type { Output } from "./output.ts";
import { errorFacts, sayError } from "./report-error.ts";

/**
 * The document of a run whose member `name` lists `items`, written bit by bit: they may be larger than memory. What
 * goes wrong midway is said inside the one document, behind what was sound. The exit status.
 */
export async function streamDocument(
  output: Output,
  runId: string,
  name: string,
  items: Iterable<unknown>,
): Promise<number> {
  // What cannot be read at all is refused before the document has begun.
  const rest = items[Symbol.iterator]();
  let next = rest.next();
  await output.documentPiece(`{"version":1,"run_id":${JSON.stringify(runId)},"${name}":[`);
  try {
    for (let separator = "\n"; next.done !== true && !output.unread; next = rest.next(), separator = ",\n") {
      await output.documentPiece(separator + JSON.stringify(next.value));
    }
  } catch (error) {
    await output.documentPiece(`\n],"error":${JSON.stringify(errorFacts(error))}}\n`);
    return sayError(output, error);
  }
  await output.documentPiece("\n]}\n");
  return 0;
}
