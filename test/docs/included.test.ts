import path from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "../source/source-files.ts";
import { helpText } from "./command-line.ts";
import { blocksOf, documents, filledIn, readText } from "./documents.ts";
import { layerPicture } from "./layer-picture.ts";

/** What fills the block behind `<!-- file PATH -->`, `<!-- layers -->` and `<!-- help COMMAND -->`. */
function textOf(source: string): string {
  const [kind, what = ""] = source.split(" ");
  switch (kind) {
    case "file":
      return readText(what);
    case "layers":
      return layerPicture();
    case "help":
      return helpText(what);
    default:
      throw new Error(`nothing is known to fill a block from "${source}"`);
  }
}

describe.each(documents)("%s", (document) => {
  const text = readText(document);

  it("shows files, layers and help as they are (`vitest run test/docs -u` fills them in)", async () => {
    await expect(filledIn(text, textOf)).toMatchFileSnapshot(path.join(repository, document));
  });

  it("holds no TypeScript, YAML or JSON that nothing compiles, reads or checks", () => {
    const typed = blocksOf(text).filter(({ language, source }) => /^(ts|yaml|json)$/.test(language) && !source);
    expect(typed.map((block) => block.text)).toEqual([]);
  });
});
