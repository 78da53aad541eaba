/**
 * What every peer does: dependent steps with small results, `warmUp` of them before those that are timed. `resumed`: in
 * this directory another process has done them all; each is called again, and time runs from opening the database.
 *
 * `synchronous` is SQLite's, 1 for NORMAL and 2 for FULL; the databases are all in WAL mode. FULL: a commit returns when
 * its WAL is synced. NORMAL: the WAL is synced before it is copied into the database, not at a commit; what was committed
 * since outlives kill -9, and is lost with the power.
 */
export interface PeerInput {
  readonly directory: string;
  readonly steps: number;
  readonly warmUp: number;
  readonly synchronous: 1 | 2;
  readonly resumed?: boolean;
}

/** So that no label of the table says what a database does not do. */
export function expectSynchronous(input: PeerInput, found: unknown): void {
  if (found !== input.synchronous) throw new Error(`synchronous is ${found}, expected ${input.synchronous}`);
}

/** And that a resume does no step a second time, which would be no resume. */
export function expectExecuted(input: PeerInput, executed: number): void {
  const expected = input.resumed ? 0 : input.warmUp + input.steps;
  if (executed !== expected) throw new Error(`${executed} steps were executed, expected ${expected}`);
}
