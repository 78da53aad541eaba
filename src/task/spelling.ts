/**
 * The one of `known` that `word` is most likely meant to be, or undefined if none is close: at most one slip (a letter
 * too much, too few, wrong, or two swapped) for every three letters. Case, `_`, `-` and spaces are no slips.
 */
export function likelySpelling(word: string, known: Iterable<string>): string | undefined {
  const typed = plain(word);
  let likely: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const meant = plain(candidate);
    const allowed = Math.ceil(Math.max(typed.length, meant.length) / 3);
    if (Math.abs(typed.length - meant.length) > allowed) continue;
    const slips = countSlips(typed, meant);
    if (slips > allowed || slips >= fewest) continue;
    likely = candidate;
    fewest = slips;
  }
  return likely;
}

/** No name is longer than 128 characters; the time goes with the square of the length. */
function plain(word: string): string {
  return word
    .slice(0, 128)
    .toLowerCase()
    .replace(/[_\- ]/g, "");
}

/** The distance of Damerau and Levenshtein in its form where no place is edited twice. */
function countSlips(left: string, right: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const wrong = left[row - 1] === right[column - 1] ? 0 : 1;
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(above, column) + 1,
        at(current, column - 1) + 1,
        at(above, column - 1) + wrong,
        swapped ? at(twoAbove, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    twoAbove = above;
    above = current;
  }
  return at(above, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
