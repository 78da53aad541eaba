// An agent: writes the outline of a document, its headings, to a file.
import { readFileSync } from "node:fs";
import { serveAgent } from "runledger/agent";

await serveAgent({
  type: "outliner",
  handlers: {
    outline: ({ inputs, event, writeFile }) => {
      const { document, outline } = inputs as { document: string; outline: string };
      const headings = readFileSync(document, "utf8")
        .split("\n")
        .filter((line) => /^#+ /.test(line));
      event("outline.progress", { headings: headings.length });
      writeFile(outline, `${headings.join("\n")}\n`);
      return { payload: { headings: headings.length } };
    },
  },
});
