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

  it("holds back only what may be the beginning of a secret", () => {
    const redactor = new Secrets({ API_TOKEN: "12345678" }).streamRedactor();
    const given = (text: string) => redactor?.write(Buffer.from(text)).toString();
    expect(given("abcdefghij ")).toBe("abcdefghij ");
    expect(given(" 1234")).toBe(" ");
    expect(given("567")).toBe("");
    expect(given("9 1")).toBe("12345679 ");
  });
});

describe("an encoded secret", () => {
  /** Every kind of character, so that each encoding has something to do. */
  const value = fc.string({
    unit: fc.constantFrom(..."aZ09 /+%?&=~'()*!._-\\\"<>\n", "é", "😀", "ÿ"),
    minLength: 8,
    maxLength: 40,
  });
  const sound = value.filter((text) => Buffer.byteLength(text.trim()) >= 8).map((text) => text.trim());

  const encodings: Record<string, (secret: string, before: string, after: string) => string> = {
    json: (secret) => JSON.stringify(secret),
    "json in ASCII": (secret) => JSON.stringify(secret).replace(/[^\x20-\x7e]/g, numbered),
    "json with \\/": (secret) => JSON.stringify(secret).replaceAll("/", "\\/"),
    "json with <>& as numbers": (secret) => JSON.stringify(secret).replace(/[<>&']/g, numbered),
    url: (secret) => encodeURIComponent(secret),
    "url in lower case": (secret) => encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase()),
    form: (secret) => new URLSearchParams({ secret }).toString().slice("secret=".length),
    base64: (secret, before, after) => Buffer.from(before + secret + after).toString("base64"),
    base64url: (secret, before, after) => Buffer.from(before + secret + after).toString("base64url"),
    "base64 in lines": (secret, before, after) =>
      Buffer.from(before + secret + after)
        .toString("base64")
        .replace(/.{19}/g, "$&\r\n"),
    "base64 in lines in JSON": (secret, before, after) =>
      JSON.stringify(
        Buffer.from(before + secret + after)
          .toString("base64")
          .replace(/.{19}/g, "$&\n"),
      ),
    "base64 in an address": (secret, before, after) =>
      encodeURIComponent(Buffer.from(before + secret + after).toString("base64")),
  };

  it.each(Object.keys(encodings))("is found: %s", (name) => {
    const around = fc.string({ unit: "grapheme-ascii", maxLength: 5 });
    fc.assert(
      fc.property(sound, around, around, fc.array(fc.nat(20)), (secret, before, after, sizes) => {
        const secrets = new Secrets({ A_TOKEN: secret });
        const encoded = encodings[name]?.(secret, before, after) ?? "";
        const text = `<${before}|${encoded}|${after}>`;
        const clean = secrets.redactText(text);
        expect(clean).toContain("[redacted:A_TOKEN]");
        expect(clean).not.toContain(encoded);
        expect(withoutMarks(clean).length).toBeLessThanOrEqual(before.length * 4 + after.length * 4 + 40);
        expect(redacted(secrets, ...cut(Buffer.from(text), sizes)).toString()).toBe(clean);
        expect(secrets.secretIn({ a: [text] })).toBe("A_TOKEN");
      }),
      { numRuns: 200 },
    );
  });

  it("in base64 is found but for the digit that it shares with what stands before it", () => {
    fc.assert(
      fc.property(sound, fc.constantFrom("", "x", "xy"), fc.constantFrom("", "x", "xy"), (secret, before, after) => {
        const encoded = Buffer.from(before + secret + after).toString("base64url");
        const left = withoutMarks(new Secrets({ A_TOKEN: secret }).redactText(encoded));
        expect(left.length).toBeLessThanOrEqual(Math.ceil((before.length * 8) / 6) + Math.ceil((after.length * 8) / 6));
      }),
    );
  });

  it("is not seen where there is none: in ids, keys, digests and random bytes", () => {
    const secrets = new Secrets({ A_TOKEN: "0123abcd", B_KEY: "correct horse battery", C: "prod" }, ["C"]);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 600 }), (bytes) => {
        const noise = Buffer.from(bytes);
        const texts = [noise.toString("base64"), `sha256:${noise.toString("hex").slice(0, 64)}`];
        const others = texts.filter((text) => !/prod|cHJvZ|Byb2|wcm9k/.test(text) && !text.includes("0123abcd"));
        for (const text of others) expect(secrets.redactText(text)).toBe(text);
      }),
    );
    for (const short of ["cHJv", "pro", "0123abc", "correct+horse+batter", "correct%20horse"])
      expect(secrets.redactText(short)).toBe(short);
  });
});

function numbered(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function withoutMarks(text: string): string {
  return text.replaceAll("[redacted:A_TOKEN]", "");
}

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
