// SPDX-License-Identifier: MIT
// Rows of one element: what is the whole of its row has probability 1, exactly.
import { expect, it } from 'vitest';
import * as library from '../../lib/index.js';

const { entropy, logSoftmax, sample, softmax, softmaxFrom, stableMax, sumExp, topK } = library;
const ROWS = 500;
const values = Array.from({ length: ROWS }, (_, i) => (i % 7 === 0 ? 1e9 : 100) * Math.sin(1 + i));
const options = { shape: [ROWS, 1] };

it.each([
  ['Float32Array', Float32Array.from(values)],
  ['Float64Array', Float64Array.from(values)],
] as const)('gives every element of a %s, its own row, all there is', (_, x) => {
  const ones = x.slice().fill(1);
  const zeros = x.slice().fill(0);
  expect(softmax(x, options)).toEqual(ones);
  expect(softmax(x, { shape: [1, ROWS], axis: 0 })).toEqual(ones);
  expect(softmax(x, { ...options, temperature: 0.3 })).toEqual(ones);
  expect(softmax(x, { ...options, temperature: 'adaptive' })).toEqual(ones);
  expect(softmaxFrom(x, sumExp(x, options), options)).toEqual(ones);
  expect(topK(x, 1, options).probabilities).toEqual(ones);
  expect(logSoftmax(x, options)).toEqual(zeros);
  expect([...entropy(x, options)]).toEqual([...zeros]);
  const drawn = sample(x, { ...options, seed: 1 });
  expect([...drawn.probability, ...drawn.logProbability]).toEqual([...ones, ...zeros]);
  expect(stableMax(x, options)).toEqual(ones);
});

it('keeps what has no distribution', () => {
  const x = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5);
  const shape = [4, 1];
  const nan = Number.NaN;
  expect(softmax(x, { shape })).toEqual(Float32Array.of(nan, nan, nan, 1));
  expect(softmax(x, { shape, fullyMasked: 'zeros' })).toEqual(Float32Array.of(nan, nan, 0, 1));
});

it('still counts what else a sum holds', () => {
  const [a, b] = [sumExp(Float32Array.of(1)), sumExp(Float32Array.of(1))];
  const half = softmaxFrom(Float32Array.of(1), library.mergeSumExp(a, b));
  expect(half[0]).toBeCloseTo(0.5, 6);
});
