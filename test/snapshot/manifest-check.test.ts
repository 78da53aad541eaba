import fc from "fast-check";
import { expect, it } from "vitest";
import { systemClock } from "../../src/ports.ts";
import { manifestOf } from "../../src/snapshot/manifest.ts";
import { checkedManifest } from "../../src/snapshot/manifest-check.ts";
import { manifestSchema } from "../../src/snapshot/manifest-schema.ts";

const sha256 = `sha256:${"0a".repeat(32)}`;
const leftOut = { always: 1, ignored: 2, excluded: 0, not_included: 0, special: 0 };
const manifest = manifestOf(
  [
    { mode: "100644", path: "a", sha256, size: 3 },
    { mode: "120000", path: "b\nc", sha256, size: 0 },
  ],
  { include: ["*"], exclude: [], ignore_files: [".gitignore"], left_out: leftOut },
  systemClock,
);

/** All places in a value, and one more in each object and list: the keys on the way there. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  const inside = Object.entries(value).flatMap(([key, each]) => placesIn(each).map((place) => [key, ...place]));
  return [[], ["2"], ["more"], ...inside];
}

const others = fc.oneof(
  fc.constantFrom("", "x", "\n", "./", "100755", "snap-0123456789ab", sha256, `${sha256}\n`),
  fc.constantFrom("2026-11-21T07:00:01Z", "2026-11-21T07:00:01.123456Z", "2026-02-30T00:00:00Z", "2026-11-21", "now"),
  fc.constantFrom(undefined, null, true, 0, 1, 2, -1, 0.5, 2 ** 53),
  fc.constantFrom([], {}, [1], ["x"], [null], { always: 1 }),
);
const changes = fc.array(fc.record({ place: fc.constantFrom(...placesIn(manifest)), to: others }), {
  minLength: 1,
  maxLength: 2,
});

/** `value` with something else at `place`, or without it. Where a change before took the way there, nothing is changed. */
function changed(value: unknown, [key, ...inside]: string[], to: unknown): unknown {
  if (key === undefined) return to;
  if (typeof value !== "object" || value === null) return value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  copy[key] = changed(copy[key], inside, to);
  return copy;
}

it("takes for a manifest what the schema takes, and nothing else", () => {
  const seen = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(changes, (list) => {
      const value = list.reduce<unknown>((before, { place, to }) => changed(before, place, to), manifest);
      const read: unknown = JSON.parse(JSON.stringify(value ?? null));
      const { success, data } = manifestSchema.safeParse(read);
      const checked = checkedManifest(read);
      // As text, for the order of the members: the digest of the files is made of it.
      if (success)
        expect(JSON.stringify("manifest" in checked && checked.manifest.files)).toBe(JSON.stringify(data.files));
      expect(checked).toEqual(success ? { manifest: data } : { wrong: expect.any(String) });
      seen[success ? "taken" : "refused"]++;
    }),
    { numRuns: 5000 },
  );
  expect(seen.taken).toBeGreaterThan(50);
  expect(seen.refused).toBeGreaterThan(1000);
});
