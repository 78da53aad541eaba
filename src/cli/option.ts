/** An option of a command. Without `value` it is a switch. */
export interface Option {
  /** What stands for its value in the help, e.g. `ID`. */
  readonly value?: string;
  readonly says: string;
  /** As the help shows it. */
  readonly otherwise?: string;
  readonly required?: boolean;
  readonly repeatable?: boolean;
}
