/**
 * `text` fit for one line of a terminal. Hostile: control bytes and escape sequences that move the cursor or retitle the
 * window, and marks that turn the reading direction so that a line says something else than it is. They are shown
 * as `\x1b`, `\n`, `\u202e`.
 */
export function clean(text: string): string {
  return text.toWellFormed().replace(hostile, escaped);
}

/** As {@link clean} for a block of text: line feeds and tabs stay. */
export function cleanBlock(text: string): string {
  return text.toWellFormed().replace(hostileInBlock, escaped);
}

/** JSON text whose strings hold nothing that a terminal obeys: the same document. (JSON itself escapes C0.) */
export function cleanJson(json: string): string {
  return json.replace(hostileInBlock, (mark) => `\\u${hex(mark, 4)}`);
}

const hostile = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const hostileInBlock = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(mark: string): string {
  return named[mark] ?? (mark < "\u0100" ? `\\x${hex(mark, 2)}` : `\\u${hex(mark, 4)}`);
}

function hex(mark: string, digits: number): string {
  return mark.charCodeAt(0).toString(16).padStart(digits, "0");
}
