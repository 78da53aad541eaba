/** Orders paths by their UTF-8 bytes: below zero if `left` comes first, zero if they are equal. */
export function comparePaths(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === length) return left.length - right.length;
  return rank(left.charCodeAt(at)) - rank(right.charCodeAt(at));
}

/** In UTF-16, surrogates (U+10000 and above) sort before U+E000 to U+FFFF; in UTF-8 they come after. */
function rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit;
}

/** Sorts by {@link comparePaths}, in place. Without surrogates that is the order of the code units, which is faster. */
export function sortPaths(paths: string[]): string[] {
  return paths.some((path) => surrogate.test(path)) ? paths.sort(comparePaths) : paths.sort();
}

const surrogate = /[\uD800-\uDFFF]/;
