/** The titles in a test file. What a table or a template fills in (`%s`, `$name`, `${name}`) may be anything. */
export function titlesOf(source: string): RegExp[] {
  const quoted = source.matchAll(
    /\b(?:it|test)(?:\.\w+(?:\([^\n]*\))?)*\(\s*(["'`])(?<title>(?:\\.|(?!\1).)*)\1|^ {2}\]\)\(\s*(["'`])(?<tableTitle>(?:\\.|(?!\3).)*)\3/gm,
  );
  const titles = [...quoted].map(({ groups = {} }) => groups.title ?? groups.tableTitle ?? "");
  return titles
    .map((title) => title.replaceAll(/\\(.)/g, "$1").split(filledIn))
    .filter(saysSomething)
    .map(patternOf);
}

const filledIn = /\$\{[^}]*\}|\$[\w.]+|%[sdijo]/;

/** A title that is filled in as a whole would pass for every other. */
function saysSomething(parts: string[]): boolean {
  return parts.join("").trim() !== "";
}

function patternOf(parts: string[]): RegExp {
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join(".*")}$`);
}
