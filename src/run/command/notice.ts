/** Something a person should read while it happens, e.g. drift that is only warned of. */
export interface Notice {
  readonly code: string;
  readonly message: string;
  /** The facts of the message, for machines. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Notify = ((notice: Notice) => void) | undefined;
