// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import {
  isNoisy,
  LEAST_ROUNDS,
  median,
  RUN,
  ratio,
  ratioOfRuns,
  summarize,
} from '../../../bench/cli/statistics.js';

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

it.each([
  ['odd', [30, 2, 4], 4],
  ['even', [2, 30, 6, 4], 5],
  ['single', [7], 7],
])('takes the median of an %s number of samples in any order', (_, samples, expected) => {
  expect(median(samples)).toBe(expected);
});

it('sums up one sweep of known samples', () => {
  expect(summarize([[5, 1, 4, 2, 3, 9, 6, 8, 7]])).toEqual({
    median: 5,
    min: 1,
    q1: 3,
    q3: 7,
    low: 2, // 1 - 2 P(B < 2) = 96.1 %, and only 82 % one further in
    high: 8,
    rounds: 9,
  });
});

// Tables of the sign test, two-sided 5 %.
it.each([
  [LEAST_ROUNDS, 0],
  [8, 0],
  [9, 1],
  [11, 1],
  [12, 2],
  [20, 5],
  [25, 7],
  [50, 17],
  [100, 39],
])('with %i samples the interval leaves out %i on either side', (n, out) => {
  const { low, high } = summarize([upTo(n)]);
  expect([low, high]).toEqual([1 + out, n - out]);
});

it('holds the true median as often as it says, on samples with a long tail', () => {
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  let held = 0;
  const trials = 2000;
  for (let trial = 0; trial < trials; trial++) {
    const samples = Array.from({ length: 15 }, () => 100 - 20 * Math.log(random()));
    const { low, high } = summarize([samples]);
    const truth = 100 + 20 * Math.LN2;
    if (low <= truth && truth <= high) held++;
  }
  expect(held / trials).toBeGreaterThan(0.95);
  expect(held / trials).toBeLessThan(0.985); // the exact figure for 15 is 96.5 %
});

it('widens the interval to the medians of all sweeps', () => {
  const steady = Array.from({ length: 15 }, () => 100);
  const slower = Array.from({ length: 5 }, () => 130);
  const time = summarize([steady, slower, []]);
  expect(time).toMatchObject({ median: 100, low: 100, high: 130, rounds: 20 });
});

it('calls a row noisy when its interval is wider than a tenth', () => {
  const time = summarize([upTo(9)]);
  expect(isNoisy({ ...time, median: 100, low: 95, high: 105 })).toBe(false);
  expect(isNoisy({ ...time, median: 100, low: 95, high: 105.1 })).toBe(true);
});

it('gives ratios with the interval that both intervals leave, and two runs', () => {
  const time = summarize([upTo(9)]);
  const a = { ...time, median: 200, low: 180, high: 220 };
  const b = { ...time, median: 100, low: 90, high: 110 };
  expect(ratio(a, b)).toEqual({ value: 2, low: 180 / 110, high: 220 / 90 });
  const { value, low, high } = ratioOfRuns(a, b);
  expect(value).toBe(2);
  expect(low).toBeCloseTo(180 / 110 / (1 + RUN) ** 2);
  expect(high).toBeCloseTo((220 / 90) * (1 + RUN) ** 2);
});

it('refuses to say anything about no samples', () => {
  expect(() => summarize([[]])).toThrow('no samples');
});
