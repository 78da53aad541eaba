const mostLines = 5;

/**
 * The last lines of what a failed plain command printed: of stderr, or of stdout if it printed nothing there (or too much
 * for an entry). Of anything else there are none.
 */
export function lastLines({ result }: Record<string, unknown>): string[] {
  if (typeof result !== "object" || result === null) return [];
  const { stdout, stderr } = result as Record<string, unknown>;
  const printed = [stderr, stdout].find((text) => typeof text === "string" && text.trim() !== "");
  return typeof printed === "string" ? printed.trimEnd().split(/\r?\n/).slice(-mostLines) : [];
}
