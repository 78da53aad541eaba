import { it } from "vitest";

/** A test where nothing refuses it; else a counted skip that says why. */
export function testUnless(refusal: string | undefined) {
  return (title: string, options: { timeout: number }, body: () => Promise<void>): void => {
    const said = refusal === undefined ? title : `${title} (skipped: ${refusal})`;
    it.skipIf(refusal !== undefined)(said, options, body);
  };
}
