import { clean } from "./clean.ts";

type Style = "bold" | "dim" | "red" | "green" | "yellow";

/** A piece of a line. What comes from agents, steps and files may stand in it as it is: {@link rendered} cleans it. */
export type Part = string | { readonly text: string; readonly style: Style };

export const bold = (text: string): Part => ({ text, style: "bold" });
export const dim = (text: string): Part => ({ text, style: "dim" });
export const red = (text: string): Part => ({ text, style: "red" });
export const green = (text: string): Part => ({ text, style: "green" });
export const yellow = (text: string): Part => ({ text, style: "yellow" });

const codeOf: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

/** The line that `parts` make, without its end. The only escape sequences in it are those of the styles. */
export function rendered(parts: readonly Part[], colour: boolean): string {
  return parts.map((part) => (typeof part === "string" ? clean(part) : styled(part, colour))).join("");
}

function styled({ text, style }: Exclude<Part, string>, colour: boolean): string {
  return colour && text !== "" ? `\x1b[${codeOf[style]}m${clean(text)}\x1b[0m` : clean(text);
}

/** `part`, filled up with spaces to `width` characters. */
export function padded(part: Part, width: number): Part {
  const missing = " ".repeat(Math.max(0, width - widthOf(part)));
  return typeof part === "string" ? part + missing : { ...part, text: part.text + missing };
}

/** How many characters wide the part is on the screen, taking each for one column. */
export function widthOf(part: Part): number {
  return [...clean(typeof part === "string" ? part : part.text)].length;
}
