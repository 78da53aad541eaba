import type { ErrorCode } from "../errors.ts";
import type { Batch, BatchFacts } from "./hash-many.ts";

/** What the hashing workers are asked. `paths` are relative to `root`, with a NUL between them. */
export interface HashRequest {
  readonly root: string;
  readonly paths: string;
  readonly known: Batch["known"];
}

/** What they answer. An error does not survive the way between threads, so its parts are sent. */
export type HashAnswer = { readonly facts: BatchFacts } | { readonly refusal: Refusal };

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}
