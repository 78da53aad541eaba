import { parseJson } from "../idempotency/parse-json.ts";

/** Arrays and objects inside one another, the outermost included: canonical JSON goes no deeper. */
const maxNesting = 256;

/** Longer than any integer of a double; keeps the work for one number small. */
const maxNumberLength = 400;

/** What is wrong with a line: no JSON at all, or none that every reader reads alike (I-JSON, RFC 7493). */
export type JsonFault = "NOT_JSON" | "TOO_DEEP" | "DUPLICATE_MEMBER" | "NUMBER_NOT_EXACT" | "LONE_SURROGATE";

export type StrictJson = { readonly value: unknown } | { readonly code: JsonFault; readonly sentence: string };

/**
 * Parses `text` as I-JSON. Refused is what another reader would read as something else: duplicate members (the first or
 * the last?), numbers that do not survive a double, lone surrogates. Time and memory are linear.
 */
export function strictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    return { code: "NOT_JSON", sentence: notJson(error) };
  }
  return iJsonFault(text) ?? { value };
}

/** Without the excerpt that the engine's own message has: it may show a part of a secret. */
function notJson(error: unknown): string {
  const position = /position (\d+)/.exec(String(error))?.[1];
  return position === undefined ? "it is no JSON" : `it is no JSON from character ${position} on`;
}

// Sound only for text that JSON.parse has accepted: strings, brackets and numbers then cannot be confused.
const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]|-?\d[-+.\deE]*/g;

type Fault = Exclude<StrictJson, { readonly value: unknown }>;

function iJsonFault(text: string): Fault | undefined {
  /** The member names of each open object; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  for (const match of text.matchAll(tokens)) {
    const token = match[0];
    switch (token[0]) {
      case "{":
      case "[":
        open.push(token === "{" ? new Set() : undefined);
        if (open.length > maxNesting) return { code: "TOO_DEEP", sentence: `nested deeper than ${maxNesting}` };
        break;
      case "}":
      case "]":
        open.pop();
        break;
      default: {
        const fault = token[0] === '"' ? stringFault(token, match[1], open.at(-1)) : numberFault(token);
        if (fault !== undefined) return fault;
      }
    }
  }
  return undefined;
}

function stringFault(token: string, colon: string | undefined, names: Set<string> | undefined): Fault | undefined {
  const quoted = colon === undefined ? token : token.slice(0, -colon.length);
  const text: string = quoted.includes("\\") ? JSON.parse(quoted) : quoted.slice(1, -1);
  if (!text.isWellFormed()) return { code: "LONE_SURROGATE", sentence: `a lone surrogate in ${quoted}` };
  if (colon === undefined) return undefined;
  if (names?.has(text)) return { code: "DUPLICATE_MEMBER", sentence: `the member ${quoted} occurs twice` };
  names?.add(text);
  return undefined;
}

/** Any number of at most 15 digits survives a double. */
function numberFault(token: string): Fault | undefined {
  if (token.length <= 15 && !/[eE]/.test(token)) return undefined;
  if (survives(token)) return undefined;
  return { code: "NUMBER_NOT_EXACT", sentence: `the number ${token} does not survive a double` };
}

/**
 * True if the double that is read says what was written: in its shortest form, or with as many digits as were written
 * (at a power of two the shortest form is not always the nearest of its length).
 */
function survives(token: string): boolean {
  if (token.length > maxNumberLength) return false;
  const written = decimal(token);
  const double = Number(token);
  if (!Number.isFinite(double) || written.digits.length > 100) return false;
  if (written.digits === "") return true;
  return [String(double), double.toPrecision(written.digits.length)].some((text) => {
    const read = decimal(text);
    return read.digits === written.digits && read.exponent === written.exponent;
  });
}

/** The significant digits without zeros at either end, and the power of ten of the first one. */
function decimal(token: string): { digits: string; exponent: number } {
  const [mantissa = "", power = "0"] = token.split(/[eE]/);
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const all = (whole + fraction).replace(/^0+/, "");
  const leading = whole.length + fraction.length - all.length;
  return { digits: all.replace(/0+$/, ""), exponent: Number(power) + whole.length - leading };
}
