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
 * Runs every contender once and keeps what it wrote to `out`, which they all share; then times
 * them, taking turns, each right after an untimed run of its own: the same caches for everyone.
 */
export async function measure(
  contenders: readonly Contender[],
  out: Float32Array,
  rounds: number,
): Promise<Measured[]> {
  const entries: { contender: Contender; result: Float32Array; times: number[] }[] = [];
  for (const contender of contenders) {
    out.fill(Number.NaN);
    await contender.run();
    entries.push({ contender, result: out.slice(), times: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contender, times } of entries) {
      await contender.run();
      const start = performance.now();
      await contender.run();
      times.push(1000 * (performance.now() - start));
    }
  }
  return entries.map(({ contender: { name }, result, times }) => {
    return { name, result, microseconds: median(times) };
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((a, b) => a + b, 0) / middle.length;
}
