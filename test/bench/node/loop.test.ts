// SPDX-License-Identifier: MIT
import { afterEach, expect, it, vi } from 'vitest';
import * as loop from '../../../bench/node/loop.js';

afterEach(() => vi.restoreAllMocks());

it('computes softmax and its logarithm into what it is given', () => {
  const x = Float32Array.of(1, 3, 2);
  const out = new Float32Array(3);
  const sum = Math.E + Math.E ** 3 + Math.E ** 2;
  expect(loop.softmax(x, out)).toBe(out);
  for (const i of [0, 1, 2]) expect(out[i]).toBeCloseTo(Math.exp(x[i] as number) / sum, 7);
  expect(loop.logSoftmax(x, out)).toBe(out);
  for (const i of [0, 1, 2]) expect(out[i]).toBeCloseTo((x[i] as number) - Math.log(sum), 6);
});

it.each([
  ['all', [3, 1, 2], [3, 2, 1], [0, 2, 1]],
  ['the largest', [3, 9, 4, 9, 1], [9, 9], [1, 3]],
  ['the first of equal ones', [2, 2], [2], [0]],
  ['the last', [1, 2, 3, 4], [4], [3]],
])('selects %s in descending order', (_, x, values, indices) => {
  const found = new Uint32Array(values.length);
  const largest = loop.selectLargest(Float32Array.from(x), new Float32Array(values.length), found);
  expect([...largest]).toEqual(values);
  expect([...found]).toEqual(indices);
});

it.each([
  [0, 0, 0.6 / 0.9],
  [0.66, 0, 0.6 / 0.9],
  [0.67, 1, 0.3 / 0.9],
  [0.999, 1, 0.3 / 0.9],
])('draws at %f among the fewest that reach top-p', (u, position, probability) => {
  vi.spyOn(Math, 'random').mockReturnValue(u);
  const logits = Float32Array.of(0.6, 0.3, 0.1)
    .map(Math.log)
    .map((x) => 2 * x);
  const drawn = loop.drawOfLargest(logits, 2, 0.85);
  expect(drawn.position).toBe(position);
  expect(drawn.probability).toBeCloseTo(probability, 6);
});
