// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { goalTable, tables } from '../../../bench/cli/print.js';
import { parseResult, type Row } from '../../../bench/cli/schema.js';
import { row } from './rows.js';

const sample = parseResult(readFileSync(join(__dirname, 'sample.json'), 'utf8'));
const result = (...rows: Row[]) => ({ ...sample, rows, goals: [], warnings: ['beware'] });
const lines = (text: string) => text.split('\n').map((line) => line.trim().split(/ {2,}/));

it('puts the best of each kind of limit beside the algorithms', () => {
  const n = 1000;
  const text = tables(
    result(
      row({ n }, 500),
      row({ n, name: 'online' }, 2000),
      row({ n, kind: 'limit', name: 'read', reads: 1, writes: 0 }, 300),
      row({ n, kind: 'limit', name: 'read-4', reads: 1, writes: 0 }, 200),
      row({ n, kind: 'limit', name: 'copy-streaming-8', reads: 1 }, 400),
    ),
  );
  expect(lines(text).slice(0, 3)).toEqual([
    ['One row, avx512, 1 thread: nanoseconds per element'],
    ['n', 'auto', 'online', 'read', 'streaming copy'],
    ['1,000', '0.500', '2.00', '0.200', '0.400'],
  ]);
  expect(text).toContain('Warning: beware');
});

it('marks what is noisy and what is void, and says how noisy', () => {
  const text = tables(
    result(
      row({ n: 10, noisy: true }, 10, 0.25),
      row({ n: 10, name: 'online', verified: false }, 20),
    ),
  );
  expect(lines(text)[2]).toEqual(['10', '1.00~', '2.00!']);
  expect(text).toContain('~ 1 of 2 rows are too noisy');
  expect(text).toContain('up to 50.0 % wide');
  expect(text).toContain('! wrong results');
});

it('has a table for each type, limits beside float32 alone, and one that compares them', () => {
  const limit = { n: 1000, kind: 'limit', name: 'read', reads: 1, writes: 0 } as const;
  const text = tables(
    result(
      row({ n: 1000 }, 500),
      row(limit, 300),
      row({ n: 1000, dtype: 'bfloat16' }, 700),
      row({ n: 1000, dtype: 'bfloat16', name: 'two-pass' }, 800),
      row({ n: 1000, dtype: 'bfloat16', threads: 2 }, 400),
      row({ series: 'batches', n: 8, rows: 10, dtype: 'bfloat16', verified: false }, 80),
    ),
  );
  const found = lines(text);
  const at = (title: string) => found.findIndex(([cell]) => cell === title);
  const one = at('One row, avx512, bfloat16, 1 thread: nanoseconds per element');
  expect(found.slice(one + 1, one + 3)).toEqual([
    ['n', 'auto', 'two-pass'],
    ['1,000', '0.700', '0.800'],
  ]);
  expect(at('One row, avx512, bfloat16, 2 threads: GB/s moved')).toBeGreaterThan(one);
  const types = at('auto by type, avx512, 1 thread: nanoseconds per element');
  expect(found.slice(types + 1, types + 4)).toEqual([
    ['rows x n', 'float32', 'bfloat16'],
    ['1 x 1,000', '0.500', '0.700'],
    ['10 x 8', '1.00!'],
  ]);
});

it('does not compare types where there is one', () => {
  expect(tables(sample)).not.toContain('by type');
  expect(tables(result(row({ dtype: 'float64' }, 1)))).not.toContain('by type');
});

it('tells a pass from the limit of the same name', () => {
  const pass = { series: 'passes', name: 'scale', n: 100 } as const;
  const text = tables(
    result(row({ ...pass, kind: 'pass' }, 100), row({ ...pass, kind: 'limit' }, 200)),
  );
  expect(lines(text).slice(2, 4)).toEqual([
    ['scale', '1.00'],
    ['limit: scale', '2.00'],
  ]);
});

it('says of each goal whether it is reached', () => {
  const goal = { id: 'a', text: 'first', unit: 'x', target: 2, value: 2.5, reached: true } as const;
  const text = goalTable([
    goal,
    { ...goal, text: 'second', unit: '%', target: 95, value: 94.04, reached: false },
    { ...goal, text: 'third', value: null, reached: null },
  ]);
  expect(lines(text).slice(1)).toEqual([
    ['first', '2.00x', '2.50x', 'reached'],
    ['second', '95.0 %', '94.0 %', 'NOT REACHED'],
    ['third', '2.00x', '-', 'not measured here'],
  ]);
});

it('prints the sample whole', () => {
  const text = tables(sample);
  for (const title of ['Batches', 'Passes alone', 'One row shared', 'A row for every thread']) {
    expect(text).toContain(title);
  }
  expect(text).not.toMatch(/NaN|undefined/);
});
