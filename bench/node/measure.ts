// SPDX-License-Identifier: MIT

/** Something to time: `run` does its work at once, or later if it returns a promise. */
export interface Contender {
  name: readonly string[];
  run: () => unknown;
}

export interface Measured {
  name: readonly string[];
  result: Float32Array;
  microseconds: number; // the median of its rounds
}

/**
 * Runs every contender once and keeps what it wrote to `out`, which they all share; then times them.
 */
export async function measure(
  contenders: readonly Contender[],
  out: Float32Array,
  rounds: number,
): Promise<Measured[]> {
  const results: Float32Array[] = [];
  for (const { run } of contenders) {
    out.fill(Number.NaN);
    await run();
    results.push(out.slice());
  }
  const times = await time(contenders, rounds);
  return contenders.map(({ name }, i) => ({
    name,
    result: results[i] ?? out,
    microseconds: median(times[i] ?? []),
  }));
}

/**
 * Microseconds per run of every contender, round by round. They take turns, each right after as
 * many untimed runs of its own: the same caches for everyone. `repeats`: runs per timing.
 */
export async function time(
  contenders: readonly Pick<Contender, 'run'>[],
  rounds: number,
  repeats: readonly number[] = contenders.map(() => 1),
): Promise<number[][]> {
  const times: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      const count = repeats[i] ?? 1;
      await batch(run, count);
      times[i]?.push((await batch(run, count)) / count);
    }
  }
  return times;
}

/** Microseconds that so many runs take. Only what returns a promise is waited for. */
export async function batch(run: () => unknown, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const returned = run();
    if (returned instanceof Promise) await returned;
  }
  return 1000 * (performance.now() - start);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Linear between the values, the smallest being quantile 0 and the largest 1. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const where = part * (sorted.length - 1);
  const at = (i: number) => sorted[i] ?? Number.NaN;
  const low = at(Math.floor(where));
  return low + (where - Math.floor(where)) * (at(Math.ceil(where)) - low);
}
