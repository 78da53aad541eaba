/**
 * `text` fit for one line of a terminal. Hostile: control bytes and escape sequences that move the cursor or retitle
 * the window, and marks that turn the reading direction or are not seen, so that a line says something else than it is.
 * They are shown as `\x1b`, `\n`, `\u202e`.
 */
export function clean(text: string): string {
  return plain.test(text) ? text : text.toWellFormed().replace(hostile(), escaped);
}

/** As {@link clean} for a block of text: line feeds and tabs stay. */
export function cleanBlock(text: string): string {
  return plainBlock.test(text) ? text : text.toWellFormed().replace(hostileInBlock(), escaped);
}

/** JSON text whose strings hold nothing that a terminal obeys: the same document. (JSON itself escapes C0.) */
export function cleanJson(json: string): string {
  return plainBlock.test(json) ? json : json.replace(hostileInBlock(), numbered);
}

/** Most texts are printable ASCII. What tells the others apart are tables of Unicode: half a millisecond of a start. */
const plain = /^[ -~]*$/;
const plainBlock = /^[\n\t -~]*$/;

/** Format characters (which nobody sees, or which turn the reading direction), and separators of lines. */
const unseen = String.raw`\p{Cf}\p{Zl}\p{Zp}`;
const hostile = madeOnce(String.raw`[\p{Cc}${unseen}]`);
const hostileInBlock = madeOnce(String.raw`[^\P{Cc}\n\t]|[${unseen}]`);
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function madeOnce(source: string): () => RegExp {
  let made: RegExp | undefined;
  return () => {
    made ??= new RegExp(source, "gu");
    return made;
  };
}

function escaped(mark: string): string {
  return named[mark] ?? (mark < "\u0100" ? `\\x${hex(mark, 0, 2)}` : numbered(mark));
}

function numbered(mark: string): string {
  return Array.from({ length: mark.length }, (_, index) => `\\u${hex(mark, index, 4)}`).join("");
}

function hex(mark: string, index: number, digits: number): string {
  return mark.charCodeAt(index).toString(16).padStart(digits, "0");
}
