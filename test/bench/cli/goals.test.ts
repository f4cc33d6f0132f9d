// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { definitions, judge } from '../../../bench/cli/goals.js';
import { row } from './rows.js';

const N = 2 ** 26;
const goal = (id: string, rows: Parameters<typeof judge>[0]) =>
  judge(rows).find((found) => found.id === id);

it('leaves open what was not measured', () => {
  const goals = judge([]);
  expect(goals).toHaveLength(definitions.length);
  expect(goals.every(({ value, reached }) => value === null && reached === null)).toBe(true);
  expect(new Set(goals.map(({ id }) => id)).size).toBe(goals.length);
});

it('takes the fastest rival and the worst size', () => {
  const rows = [
    row({ name: 'auto', n: N }, 100),
    row({ name: 'three-pass-recompute', n: N }, 230),
    row({ name: 'three-pass-reload', n: N }, 210),
    row({ name: 'auto', n: 2 * N }, 200),
    row({ name: 'three-pass-reload', n: 2 * N }, 390),
    row({ name: 'three-pass-reload', n: 2 * N, isa: 'avx2' }, 1), // not of this goal
  ];
  const found = goal('memory-published-avx512', rows);
  expect(found).toMatchObject({ value: 1.95, target: 2, reached: false });
  expect(goal('memory-published-avx512', rows.slice(0, 3))).toMatchObject({
    value: 2.1,
    reached: true,
  });
});

it('ignores rows that were not verified', () => {
  const rows = [
    row({ name: 'auto', n: N }, 100),
    row({ name: 'three-pass-reload', n: N, verified: false }, 210),
  ];
  expect(goal('memory-published-avx512', rows)?.value).toBeNull();
});

it('are of float32', () => {
  const rows = [
    row({ name: 'auto', n: N }, 100),
    row({ name: 'three-pass-reload', n: N }, 210),
    row({ name: 'auto', n: N, dtype: 'float16' }, 90),
  ];
  expect(goal('memory-published-avx512', rows)?.value).toBe(2.1);
  expect(judge(rows.slice(2)).every(({ value }) => value === null)).toBe(true);
});

it('holds auto against the best read sweep and the best streaming copy', () => {
  const rows = [
    row({ name: 'auto', n: N }, 100),
    ...[40, 30].map((time, i) => row({ kind: 'limit', name: `read${i ? '-4' : ''}`, n: N }, time)),
    row({ kind: 'limit', name: 'copy', n: N }, 10), // not streaming
    row({ kind: 'limit', name: 'copy-streaming-8', n: N }, 66),
  ];
  expect(goal('memory-limit', rows)).toMatchObject({ value: 96, reached: true });
});

it('compares with oneDNN inside its own process', () => {
  const rows = [
    row({ name: 'auto', n: 8, rows: 100, series: 'batches' }, 1),
    row({ name: 'auto', n: 8, rows: 100, series: 'batches', process: 'onednn' }, 10),
    row({ name: 'onednn', n: 8, rows: 100, series: 'batches', process: 'onednn' }, 25),
  ];
  expect(goal('onednn-rows-8', rows)).toMatchObject({ value: 2.5, reached: true });
});

it('finds the worst tail, which must not be above its target', () => {
  const rows = [
    [64, 100, 64],
    [65, 100, 130],
    [512, 10, 512],
    [513, 10, 513],
    [8, 1000, 8],
    [9, 1000, 900],
  ].map(([n = 0, many = 0, time]) =>
    row({ name: 'auto', series: 'batches', n, rows: many }, (time ?? 0) * many),
  );
  expect(goal('tail', rows)).toMatchObject({ value: 2, reached: false });
  expect(goal('tail', rows.slice(2))).toMatchObject({ value: 1, reached: true });
});

it('is content with either goal of two threads', () => {
  const rows = [
    row({ name: 'auto', n: N }, 170),
    row({ name: 'auto', n: N, threads: 2 }, 100),
    row({ kind: 'limit', name: 'read', n: N, threads: 2 }, 40),
    row({ kind: 'limit', name: 'copy-streaming', n: N, threads: 2 }, 55),
  ];
  expect(goal('two-threads', rows)).toMatchObject({ value: 1.7, reached: true });
  expect(goal('two-threads-limit', rows)).toMatchObject({ value: 95, reached: true });
  expect(goal('two-threads', rows.slice(0, 2))).toMatchObject({ reached: false });
});
