// SPDX-License-Identifier: MIT
// Two results, row by row: which one is faster, as far as both intervals tell.
import { align, digits } from './print.js';
import type { Result, Row } from './schema.js';
import { RUN, ratioOfRuns } from './statistics.js';

export interface Comparison {
  readonly row: Row; // of the second
  readonly value: number; // how many times as long the first took
  readonly low: number;
  readonly high: number;
  readonly verdict: 'same' | 'faster' | 'slower'; // the second
}

export function compare(first: Result, second: Result): Comparison[] {
  const before = new Map(
    first.rows.filter(({ verified }) => verified).map((row) => [key(row), row]),
  );
  return second.rows
    .filter(({ verified }) => verified)
    .flatMap((row) => {
      const was = before.get(key(row));
      if (was === undefined) return [];
      const { value, low, high } = ratioOfRuns(was.time, row.time);
      const verdict = low > 1 ? 'faster' : high < 1 ? 'slower' : 'same';
      return [{ row, value, low, high, verdict }];
    });
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const count = (wanted: Comparison['verdict']) =>
    comparisons.filter(({ verdict }) => verdict === wanted).length;
  const lines = comparisons.map(({ row, value, low, high, verdict }) => [
    row.series,
    row.name,
    row.isa,
    row.dtype,
    String(row.threads),
    row.rows.toLocaleString('en'),
    row.n.toLocaleString('en'),
    digits(row.nsPerElement),
    `${value.toFixed(2)}x`,
    `${low.toFixed(2)} to ${high.toFixed(2)}`,
    verdict === 'same' ? '' : verdict,
  ]);
  const about = ['series', 'name', 'isa', 'dtype', 'threads', 'rows', 'n'];
  const head = [...about, 'ns', 'speed', 'interval', ''];
  return `${align([head, ...lines], [0, 1, 2, 3, 10])}

ns: per element in the second file; speed: the second against the first, with the interval that the
intervals of both leave and ${100 * RUN} % for each being a run of its own. Of ${comparisons.length} rows that both have: ${count('faster')} faster, ${count('slower')} slower, ${count('same')} the same as far as one can tell.`;
}

function key({ series, kind, name, process, isa, dtype, threads, rows, n, caches }: Row): string {
  return [series, kind, name, process, isa, dtype, threads, rows, n, caches].join(' ');
}
