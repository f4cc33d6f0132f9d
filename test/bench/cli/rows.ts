// SPDX-License-Identifier: MIT
import type { Row } from '../../../bench/cli/schema.js';

/** A verified row of avx512 with that median, and what it is given. */
export function row(given: Partial<Row>, median: number, half = 0.01): Row {
  const { rows = 1, n = 1 } = given;
  const [low, high] = [median * (1 - half), median * (1 + half)];
  return {
    series: 'sizes',
    kind: 'algorithm',
    name: 'auto',
    process: 'addon',
    isa: 'avx512',
    dtype: 'float32',
    threads: 1,
    rows,
    n,
    caches: 'warm',
    reads: 2,
    writes: 1,
    plan: null,
    time: { median, min: low, q1: low, q3: high, low, high, rounds: 15 },
    nsPerElement: median / (rows * n),
    trueGBs: (12 * rows * n) / median,
    effectiveGBs: (8 * rows * n) / median,
    verified: true,
    errorUlp: 1,
    noisy: false,
    ...given,
  };
}
