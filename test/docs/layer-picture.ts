import { layers, narrowed } from "../../scripts/layers.ts";

/** The layers as docs/architecture.md draws them: each row stands on those below it. */
export function layerPicture(): string {
  const rows = layers.toReversed().map((names) => {
    const only = names.flatMap((name) => narrowed[name] ?? []);
    const drawn = names.join(" · ");
    return only.length === 0 ? drawn : `${drawn.padEnd(44)}sees only ${only.join(", ")}`;
  });
  return rows.join("\n");
}
