// SPDX-License-Identifier: MIT
// Results made up for a test: rows of known times, in the frame of the sample.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseResult, type Result, type Row } from '../../../bench/cli/schema.js';

export const sampleText = readFileSync(join(__dirname, '../cli/sample.json'), 'utf8');
export const sample = parseResult(sampleText);

/** As an interrupted run leaves it: fewer rows, goals open. */
export const partial: Result = {
  ...sample,
  complete: false,
  rows: sample.rows.slice(0, 70),
  goals: sample.goals.map((goal) => ({ ...goal, value: null, reached: null })),
  warnings: [],
};

/** With rows of auto in two more types. */
export const typed: Result = {
  ...sample,
  rows: sample.rows.flatMap((one): Row[] =>
    one.name === 'auto' && one.process === 'addon'
      ? [one, { ...one, dtype: 'bfloat16' }, { ...one, dtype: 'float64' }]
      : [one],
  ),
};

/** A row of n = 1,000 that takes `ns` for each element, with an interval of 1 % to either side. */
export function row(name: string, ns: number, change: Partial<Row> = {}): Row {
  const given: Row = {
    series: 'sizes',
    kind: 'algorithm',
    name,
    process: 'addon',
    isa: 'avx512',
    dtype: 'float32',
    threads: 1,
    rows: 1,
    n: 1000,
    caches: 'warm',
    reads: 2,
    writes: 1,
    plan: null,
    time: { median: 1, min: 1, q1: 1, q3: 1, low: 1, high: 1, rounds: 9 },
    nsPerElement: ns,
    trueGBs: 12 / ns,
    effectiveGBs: 8 / ns,
    verified: true,
    errorUlp: 1,
    noisy: false,
    ...change,
  };
  const median = ns * given.rows * given.n;
  const [low, high] = [0.99 * median, 1.01 * median];
  return {
    ...given,
    time: { median, min: low, q1: low, q3: high, low, high, rounds: 9 },
    trueGBs: (4 * (given.reads + given.writes)) / ns,
  };
}

export const limit = (name: string, ns: number, change: Partial<Row> = {}): Row =>
  row(name, ns, {
    kind: 'limit',
    reads: 1,
    writes: name.startsWith('read') ? 0 : 1,
    errorUlp: null,
    ...change,
  });

export const resultOf = (...rows: Row[]): Result => ({ ...sample, rows, warnings: [] });
