/** What the samples are given that time steps. */
export interface TimedSteps {
  readonly directory: string;
  readonly steps: number;
  /** So many come before those that are timed. */
  readonly warmUp: number;
  readonly atATime: number;
}

export interface Lanes {
  readonly steps: number;
  readonly atATime: number;
  /** The number of the first step; default 0. */
  readonly first?: number;
}

/** Takes steps by their number; each of the lanes waits for its step before it takes the next. */
export async function inLanes({ steps, atATime, first = 0 }: Lanes, take: (n: number) => Promise<unknown>) {
  let next = first;
  const lane = async () => {
    while (next < first + steps) await take(next++);
  };
  await Promise.all(Array.from({ length: atATime }, lane));
}
