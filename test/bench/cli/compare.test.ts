// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compare, comparisonTable } from '../../../bench/cli/compare.js';
import { parseResult, type Row } from '../../../bench/cli/schema.js';
import { row } from './rows.js';

const sample = parseResult(readFileSync(join(__dirname, 'sample.json'), 'utf8'));
const result = (...rows: Row[]) => ({ ...sample, rows });

it.each([
  [80, 'faster'],
  [97, 'same'],
  [100, 'same'],
  [125, 'slower'],
])('100 ns before, %i ns after: %s', (after, verdict) => {
  const [found] = compare(result(row({}, 100, 0.03)), result(row({}, after, 0.03)));
  expect(found?.verdict).toBe(verdict);
  expect(found?.value).toBeCloseTo(100 / after);
});

it('compares only what is the same, and verified, in both', () => {
  const changes: Partial<Row>[] = [
    { n: 8 },
    { rows: 2 },
    { threads: 2 },
    { isa: 'avx2' },
    { dtype: 'float16' },
    { name: 'online' },
    { kind: 'pass' },
    { caches: 'cold' },
    { series: 'strong' },
    { process: 'onednn' },
    { verified: false },
  ];
  for (const change of changes) {
    expect(compare(result(row({}, 1)), result(row(change, 1)))).toEqual([]);
    expect(compare(result(row(change, 1)), result(row({}, 1)))).toEqual([]);
  }
});

it('tells the types apart', () => {
  const rows = [row({}, 100), row({ dtype: 'float64' }, 300)];
  const text = comparisonTable(compare(result(...rows), result(...rows)));
  const cells = text.split('\n').map((line) => line.split(/ +/)[3]);
  expect(cells.slice(0, 3)).toEqual(['dtype', 'float32', 'float64']);
});

it('finds a result the same as itself, row by row', () => {
  const comparisons = compare(sample, sample);
  expect(comparisons).toHaveLength(sample.rows.length);
  expect(comparisons.every(({ value, verdict }) => value === 1 && verdict === 'same')).toBe(true);
  expect(comparisonTable(comparisons)).toContain(
    `0 faster, 0 slower, ${sample.rows.length} the same`,
  );
});
