import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secrets } from "../../src/agent/secrets.ts";

const redacted = (secrets: Secrets, ...chunks: Uint8Array[]): Buffer => {
  const redactor = secrets.streamRedactor();
  if (redactor === undefined) return Buffer.concat(chunks);
  return Buffer.concat([...chunks.map((chunk) => redactor.write(chunk)), redactor.flush()]);
};

describe("what is a secret", () => {
  const environment = {
    API_TOKEN: "12345678",
    SHORT_KEY: "1234567",
    DB_PASSWORD: "pass-word",
    APP_SECRET: "  padded-secret\n",
    HARMLESS: "harmless-value",
    RUNLEDGER_KEY: "ik:0123456789",
    NAMED: "1234",
    TINY: "123",
    NOTHING: "",
  };
  const secrets = new Secrets(environment, ["NAMED", "TINY", "NOTHING", "RUNLEDGER_KEY", "NOT_SET"]);

  it("is decided by the variable's name and a length of 8 bytes", () => {
    expect(secrets.redactText("a 12345678 pass-word padded-secret b")).toBe(
      "a [redacted:API_TOKEN] [redacted:DB_PASSWORD] [redacted:APP_SECRET] b",
    );
    expect(secrets.redactText("x 7654321 harmless-value")).toBe("x 7654321 harmless-value");
    expect(new Secrets(environment).redactText("1234 1234567")).toBe("1234 1234567");
  });

  it("is also what a $env names, from 4 bytes on: replacing every short text would destroy what is recorded", () => {
    expect(secrets.redactText("<1234> <123> <>")).toBe("<[redacted:NAMED]> <123> <>");
  });

  it("is never the idempotency key that every child is told", () => {
    expect(secrets.redactText("ik:0123456789")).not.toContain("redacted:RUNLEDGER_KEY");
  });
});

describe("redaction", () => {
  it("takes the longer of two secrets that begin alike, and names the first variable of a shared value", () => {
    const secrets = new Secrets({ B_TOKEN: "secret-12", A_TOKEN: "secret-1234", C_TOKEN: "secret-12" });
    expect(secrets.redactText("secret-1234 secret-123")).toBe("[redacted:A_TOKEN] [redacted:B_TOKEN]3");
  });

  it("finds secrets in values, in member names and in JSON inside a text", () => {
    const secrets = new Secrets({ PEM_KEY: 'line "one"\nline two' });
    const text = 'x line "one"\nline two y';
    expect(secrets.redactValue({ [text]: [text, JSON.stringify({ text }), 5, null] })).toEqual({
      "x [redacted:PEM_KEY] y": ["x [redacted:PEM_KEY] y", '{"text":"x [redacted:PEM_KEY] y"}', 5, null],
    });
    expect(secrets.secretIn({ a: [{ b: text }] })).toBe("PEM_KEY");
    expect(secrets.secretIn({ a: { [text]: 1 } })).toBe("PEM_KEY");
    expect(secrets.secretIn({ a: "line two", b: 1, c: null })).toBeUndefined();
  });

  it("takes every character of a secret literally", () => {
    const value = "a.*b+?^{1}$()|[]\\/c-é😀";
    const secrets = new Secrets({ ODD_SECRET: value });
    expect(secrets.redactText(`<${value}>`)).toBe("<[redacted:ODD_SECRET]>");
    expect(redacted(secrets, Buffer.from(`<${value}>`)).toString()).toBe("<[redacted:ODD_SECRET]>");
  });

  it("keeps a member named __proto__", () => {
    const secrets = new Secrets({ API_TOKEN: "12345678" });
    expect(JSON.stringify(secrets.redactValue(JSON.parse('{"__proto__":"12345678"}')))).toBe(
      '{"__proto__":"[redacted:API_TOKEN]"}',
    );
  });

  it("costs nothing without secrets", () => {
    const secrets = new Secrets({ PATH: "/bin" });
    const value = { a: 1 };
    expect(secrets.redactValue(value)).toBe(value);
    expect(secrets.streamRedactor()).toBeUndefined();
    expect(secrets.secretIn(value)).toBeUndefined();
  });
});

describe("redaction of a stream", () => {
  // Few letters, so that secrets occur, overlap and are begun without being finished.
  const word = (minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom("a", "b", "é", "\n"), minLength, maxLength });

  it("gives the same as redaction of the whole text, wherever the chunks are cut", () => {
    fc.assert(
      fc.property(word(8, 9), word(8, 16), word(0, 120), fc.array(fc.nat(20)), (first, second, middle, sizes) => {
        const secrets = new Secrets({ FIRST_TOKEN: first, SECOND_TOKEN: second });
        const text = middle + first + middle + second.slice(0, -1) + second + first.slice(0, 5);
        const chunks = cut(Buffer.from(text), sizes);
        expect(redacted(secrets, ...chunks).toString()).toBe(secrets.redactText(text));
      }),
      { numRuns: 500 },
    );
  });

  it("leaves bytes that are not UTF-8 as they are", () => {
    const secrets = new Secrets({ API_TOKEN: "12345678" });
    const noise = Buffer.from([0, 0xff, 0xc3, 0x28, 0x80, 0x0a]);
    const input = Buffer.concat([noise, Buffer.from("12345678"), noise]);
    expect(redacted(secrets, input)).toEqual(Buffer.concat([noise, Buffer.from("[redacted:API_TOKEN]"), noise]));
  });

  it("holds back no more than the longest secret without its last byte", () => {
    const redactor = new Secrets({ API_TOKEN: "12345678" }).streamRedactor();
    expect(redactor?.write(Buffer.from("abcdefghij")).length).toBe(3);
    expect(redactor?.write(Buffer.from("k")).length).toBe(1);
  });
});

/** `bytes` in chunks of these sizes, and what is left as the last one. */
function cut(bytes: Buffer, sizes: number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let from = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  return [...chunks, bytes.subarray(from)];
}
