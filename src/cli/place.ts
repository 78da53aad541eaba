import type { PlaceOptions } from "../index.ts";
import type { Given } from "./given.ts";

/** Where the command works, as it was given. */
export function placeOf(given: Given<"workspace" | "store">): PlaceOptions {
  return { workspace: given.text("workspace"), store: given.text("store") };
}

/** A command line to type next: in the same place, whatever was given to name it. */
export function nextCommand(given: Given<"workspace" | "store">, ...words: string[]): string {
  const place = (["workspace", "store"] as const).flatMap((name) => {
    const directory = given.text(name);
    return directory === undefined ? [] : [`--${name}`, quoted(directory)];
  });
  return ["runledger", ...words.map(quoted), ...place].join(" ");
}

function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
