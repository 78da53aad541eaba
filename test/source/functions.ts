import { stripTypeScriptTypes } from "node:module";
import { lineAt } from "./imports.ts";
import { maskLiterals } from "./mask-literals.ts";

export interface FunctionSize {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  /** From the line of its head to the line of its last brace or expression. */
  readonly lines: number;
}

/**
 * The functions of a TypeScript source: declarations, methods, and arrow functions with a body in braces or over more
 * than one line. (A one-line arrow is an expression.) An inner function counts for itself and in the outer one.
 */
export function functionsOf(source: string): FunctionSize[] {
  const code = maskLiterals(stripTypeScriptTypes(source));
  return [...blocks(code), ...expressions(code)].sort((a, b) => a.line - b.line);
}

/** Functions with a body in braces: a brace behind `=>`, or behind the `)` of anything but a control statement. */
function blocks(code: string): FunctionSize[] {
  return [...code.matchAll(/(?:=>)?(?<==>|\))\s*\{/g)].flatMap((match) => {
    const head = headBefore(code, match.index);
    return head === undefined ? [] : [size(code, head, closing(code, match.index + match[0].length - 1))];
  });
}

/** Arrow functions without braces that take more than one line. */
function expressions(code: string): FunctionSize[] {
  return [...code.matchAll(/=>\s*(?=[^\s{])/g)].flatMap((match) => {
    const head = headBefore(code, match.index);
    if (head === undefined) return [];
    const sized = size(code, head, expressionEnd(code, match.index + match[0].length));
    return sized.lines > 1 ? [sized] : [];
  });
}

interface Head {
  readonly name: string;
  readonly start: number;
}

const control = /^(?:if|for|while|switch|catch|with|await)$/;

/** The head of the function whose parameters end before `end`; undefined for control statements and `extends f(x)`. */
function headBefore(code: string, end: number): Head | undefined {
  const before = code.slice(0, end).trimEnd();
  if (!before.endsWith(")")) return named(code, before.search(/[\w$]+$/));
  const parameters = opening(code, before.length - 1);
  const word = /(?:\bextends\s+)?[#\w$.\]]*\s*$/.exec(code.slice(0, parameters))?.[0].trim() ?? "";
  if (control.test(word) || word.startsWith("extends")) return undefined;
  return word === "" || word === "async" ? named(code, parameters) : { name: word, start: parameters };
}

/** An arrow function has the name of what it is assigned to. */
function named(code: string, start: number): Head {
  const name = /([#\w$]+)\s*[:=]\s*(?:async\s*)?$/.exec(code.slice(0, start))?.[1];
  return { name: name ?? "(arrow function)", start };
}

function size(code: string, head: Head, end: number): FunctionSize {
  const line = lineAt(code, head.start);
  return { name: head.name, line, lines: lineAt(code, end) - line + 1 };
}

/** The place of the bracket that closes the one at `start`. */
function closing(code: string, start: number): number {
  let depth = 0;
  for (let index = start; index < code.length; index += 1) {
    depth += depthChange(code.charAt(index));
    if (depth === 0) return index;
  }
  return code.length;
}

/** The place of the bracket that opens the one at `end`. */
function opening(code: string, end: number): number {
  let depth = 0;
  for (let index = end; index >= 0; index -= 1) {
    depth += depthChange(code.charAt(index));
    if (depth === 0) return index;
  }
  return 0;
}

/** The place of the last character of the expression at `start`. */
function expressionEnd(code: string, start: number): number {
  let depth = 0;
  for (let index = start; index < code.length; index += 1) {
    const character = code.charAt(index);
    depth += depthChange(character);
    if (depth < 0 || (depth === 0 && /[,;]/.test(character))) return code.slice(0, index).trimEnd().length - 1;
  }
  return code.length;
}

function depthChange(character: string): number {
  if ("([{".includes(character)) return 1;
  return ")]}".includes(character) ? -1 : 0;
}
