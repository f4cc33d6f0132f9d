// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import type { CallName } from '../../../bench/node/calls.js';
import { type Entry, judge } from '../../../bench/node/speed_goals.js';

const entry = (call: CallName, library: string, n: number, ratio: number): Entry => {
  const spread = (value: number) => ({ median: value, low: 0.9 * value, high: 1.1 * value });
  const [microseconds, verified] = [spread(1), true];
  return { call, n, library, rounds: 7, microseconds, ratio: spread(ratio), error: 0, verified };
};
const verdict = (...entries: Entry[]) =>
  judge(entries)
    .filter(({ reached }) => reached !== null)
    .map(({ text, wanted, found, reached }) => [text, wanted, found, reached]);

it('holds a ratio against its goal at the length the goal speaks of', () => {
  const call = 'softmax';
  const text = 'softmax at n = 151,936, onnxruntime-node';
  const elsewhere = entry(call, 'onnxruntime-node', 16, 100);
  const good = entry(call, 'onnxruntime-node', 151_936, 5);
  const bad = entry(call, 'onnxruntime-node', 151_936, 4.99);
  expect(verdict(good, elsewhere)).toEqual([[text, '>= 5.00x', '5.00x', true]]);
  expect(verdict(elsewhere, bad)).toEqual([[text, '>= 5.00x', '4.99x', false]]);
  expect(verdict(elsewhere)).toEqual([]);
});

it('takes the worst where every length counts', () => {
  const all = [1.5, 0.9, 30].map((ratio, i) =>
    entry('softmax', 'tight loop', 16 ** (i + 1), ratio),
  );
  expect(verdict(...all)).toEqual([['softmax at every n, tight loop', '>= 1.00x', '0.90x', false]]);
});

it('says the other way round what we may take longer than', () => {
  const text = 'sample at n = 151,936, in times of sumExp';
  expect(verdict(entry('sample', 'sumExp', 151_936, 0.8))).toEqual([
    [text, '<= 1.50x', '1.25x', true],
  ]);
  expect(verdict(entry('sample', 'sumExp', 151_936, 0.5))).toEqual([
    [text, '<= 1.50x', '2.00x', false],
  ]);
});

it('does not count what is void', () => {
  const wrong = { ...entry('topK', 'onnxruntime-node', 151_936, 9), verified: false };
  expect(verdict(wrong)).toEqual([]);
});
