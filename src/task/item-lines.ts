import { parseJson } from "../idempotency/parse-json.ts";
import type { FoundItem, ItemProblem } from "./items.ts";

const lineFeed = 0x0a;

/**
 * The items of a text, one a line; `name` says whose lines they are. Blank lines are none. `ndjson`: each line is JSON, a
 * string being the item itself and any other value its JSON as it stands there.
 */
export function itemsOfLines(
  bytes: Uint8Array,
  name: string,
  form: "lines" | "ndjson",
): { items: FoundItem[]; problems: ItemProblem[] } {
  const items: FoundItem[] = [];
  const problems: ItemProblem[] = [];
  let line = 0;
  for (const raw of linesOf(bytes)) {
    line += 1;
    const place = `${name}:${line}`;
    const text = textOf(raw, line === 1);
    if (text === undefined) problems.push({ place, says: "the line is not UTF-8" });
    else if (text.trim() !== "") addLine(text, place, form, items, problems);
  }
  return { items, problems };
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(lineFeed, start);
    yield bytes.subarray(start, end < 0 ? bytes.length : end);
    start = end < 0 ? bytes.length : end + 1;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Without the CR of a line that ends in CRLF; the first line without a byte order mark. */
function textOf(line: Uint8Array, isFirst: boolean): string | undefined {
  try {
    const text = decoder.decode(line).replace(/\r$/, "");
    return isFirst ? text.replace(/^\uFEFF/, "") : text;
  } catch {
    return undefined;
  }
}

function addLine(text: string, place: string, form: string, items: FoundItem[], problems: ItemProblem[]): void {
  if (form === "lines") {
    items.push({ value: text, place });
    return;
  }
  try {
    const value: unknown = parseJson(text);
    items.push({ value: typeof value === "string" ? value : text.trim(), place });
  } catch {
    problems.push({ place, says: "the line is no JSON" });
  }
}
