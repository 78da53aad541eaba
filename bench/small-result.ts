/** What a step of the benches returns: 200 bytes of JSON. */
export function smallResult(n: number): { n: number; text: string } {
  const text = "x".repeat(200 - '{"n":,"text":""}'.length - String(n).length);
  return { n, text };
}
