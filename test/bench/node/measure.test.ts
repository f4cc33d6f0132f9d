// SPDX-License-Identifier: MIT
import { afterEach, expect, it, vi } from 'vitest';
import { batch, measure, quantile, time } from '../../../bench/node/measure.js';

afterEach(() => vi.restoreAllMocks());

it('keeps what each contender wrote and gives all of them their turn in every round', async () => {
  const out = new Float32Array(2);
  const order: string[] = [];
  const one = () => {
    order.push('one');
    out.fill(1);
  };
  const later = async () => {
    await Promise.resolve();
    order.push('later');
    out[0] = 2;
  };
  const contenders = [
    { name: ['one'], run: one },
    { name: ['later'], run: later },
  ];
  const measured = await measure(contenders, out, 2);
  expect(measured.map(({ name }) => name)).toEqual([['one'], ['later']]);
  expect(measured.map(({ result }) => [...result])).toEqual([
    [1, 1],
    [2, Number.NaN],
  ]);
  const round = ['one', 'one', 'later', 'later'];
  expect(order).toEqual(['one', 'later', ...round, ...round]);
});

it.each([
  ['odd', [2, 30, 4], 4000],
  ['even', [2, 30, 6, 4], 5000],
])('reports the median of an %s number of rounds, in microseconds', async (_, rounds, median) => {
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  const milliseconds = [100, ...rounds.flatMap((time) => [100, time])]; // 100: the untimed runs
  const run = () => {
    clock += milliseconds.shift() ?? Number.NaN;
  };
  const [measured] = await measure([{ name: ['clock'], run }], new Float32Array(1), rounds.length);
  expect(measured?.microseconds).toBe(median);
});

it('times as many runs as each contender needs, and says what one takes', async () => {
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  const runs = [0, 0];
  const contenders = [1, 8].map((milliseconds, i) => ({
    run: () => {
      runs[i] = (runs[i] ?? 0) + 1;
      clock += milliseconds;
    },
  }));
  expect(await time(contenders, 3, [8, 1])).toEqual([
    [1000, 1000, 1000],
    [8000, 8000, 8000],
  ]);
  expect(runs).toEqual([2 * 3 * 8, 2 * 3]);
});

it('waits for each promise before the next run', async () => {
  let running = 0;
  let most = 0;
  const run = async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
  };
  await batch(run, 5);
  expect([most, running]).toEqual([1, 0]);
});

it.each([
  [0, 1],
  [0.25, 2.5],
  [0.5, 4],
  [1, 10],
])('finds quantile %f between the values', (part, value) => {
  expect(quantile([10, 1, 3, 5], part)).toBeCloseTo(value, 12);
});
