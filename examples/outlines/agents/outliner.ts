// An agent: writes the outline of a document, its headings, to a file.
import { readFileSync } from "node:fs";
import { serveAgent } from "runledger/agent";

await serveAgent({
  type: "outliner",
  handlers: {
    outline: ({ inputs, log, event, writeFile }) => {
      const { document, outline } = inputs as { document: string; outline: string };
      log("reading", { document });
      const lines = readFileSync(document, "utf8").split("\n");
      const headings = lines.filter((line) => /^#+ /.test(line));
      event("outline.progress", { lines: lines.length });
      writeFile(outline, `${headings.join("\n")}\n`);
      return { payload: { headings: headings.length } };
    },
  },
});
