import { canonicalJson } from "./canonical.ts";
import { sha256 } from "./digest.ts";

/** What a finished step hands on to the steps that need it. */
export interface StepResult {
  readonly artifacts?: readonly { readonly path: string; readonly sha256: string }[] | undefined;
  /** JSON as recorded: the reference of a large value stands for it. Absent counts as null. */
  readonly result?: unknown;
  readonly status: "success" | "failed";
}

/**
 * The digest `sha256:<64 hex>` by which the key of a step covers the results it needs: SHA-256 of the canonical
 * `{artifacts: [{path, sha256}], result, status}`, artifacts sorted by the UTF-8 bytes of their paths. Sizes are left
 * out: the checksum says as much. `NOT_JSON` for a result that JSON cannot say.
 */
export function resultDigest({ artifacts = [], result = null, status }: StepResult): string {
  const sorted = artifacts.map(({ path, sha256 }) => ({ path, sha256 })).sort(byPath);
  return sha256(canonicalJson({ artifacts: sorted, result, status }));
}

function byPath(one: { path: string }, other: { path: string }): number {
  return Buffer.compare(Buffer.from(one.path), Buffer.from(other.path));
}
