const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const quoted = /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y;
const templateText = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{|$)/y;
const regularExpression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const plainCode = /[^"'`{}/]+|[\s\S]/y;

/**
 * `source` with the inside of comments, strings, templates and regular expressions replaced by spaces. Length, line
 * breaks and the quotes of strings stay, so that what is found in the result has the same place in `source`.
 */
export function maskLiterals(source: string): string {
  let masked = "";
  const braces: ("block" | "template")[] = [];
  const take = (pattern: RegExp) => {
    pattern.lastIndex = masked.length;
    return pattern.exec(source)?.[0];
  };
  const takeTemplateText = () => {
    const text = take(templateText) ?? "";
    const end = text.endsWith("${") ? "${" : text.slice(-1);
    masked += blank(text.slice(0, text.length - end.length)) + end;
    if (end === "${") braces.push("template");
  };
  while (masked.length < source.length) {
    const literal = take(comment) ?? (mayStartExpression(masked) ? take(regularExpression) : undefined);
    const string = take(quoted);
    if (literal !== undefined) masked += blank(literal);
    else if (string !== undefined) masked += string.charAt(0) + blank(string.slice(1, -1)) + string.charAt(0);
    else {
      const code = take(plainCode) ?? "";
      masked += code;
      if (code === "{") braces.push("block");
      if (code === "`" || (code === "}" && braces.pop() === "template")) takeTemplateText();
    }
  }
  return masked;
}

/** Whether a slash after `code` starts a regular expression; after a value it divides. */
function mayStartExpression(code: string): boolean {
  return /(?:^|[(,=:[!&|?{};+\-*%^~<>]|\b(?:return|typeof|case|in|of|await|yield|void|else))\s*$/.test(code.slice(-40));
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}
