// SPDX-License-Identifier: MIT
// The numbers that SciPy's manual prints in the examples of scipy.special.softmax, log_softmax and
// logsumexp, and of scipy.stats.entropy (docs.scipy.org, version 1.16).
import { describe, expect, it } from 'vitest';
import { entropy, logSoftmax, logSumExp, softmax } from '../../lib/index.js';

/** As it was printed: right within half a unit of its last digit, and 3 ULP of its type. */
function expectPrinted(value: number | undefined, printed: string, threeUlp = 2e-7): void {
  const [digits = '', exponent = '0'] = printed.split('e');
  const decimals = (digits.split('.')[1] ?? '').length;
  const unit = 10 ** (Number(exponent) - decimals);
  const rounding = threeUlp * Math.abs(Number(printed));
  expect(Math.abs(Number(value) - Number(printed))).toBeLessThanOrEqual(0.5 * unit + rounding);
}

const matrix = Float32Array.from(
  [
    [1, 0.5, 0.2, 3],
    [1, -1, 7, 3],
    [2, 12, 13, 3],
  ].flat(),
);

it.each([
  [
    'of all elements',
    {},
    `4.48309e-06 2.71913e-06 2.01438e-06 3.31258e-05
     4.48309e-06 6.06720e-07 1.80861e-03 3.31258e-05
     1.21863e-05 2.68421e-01 7.29644e-01 3.31258e-05`,
  ],
  [
    'along axis 0',
    { shape: [3, 4], axis: 0 },
    `2.11942e-01 1.01300e-05 2.75394e-06 3.33333e-01
     2.11942e-01 2.26030e-06 2.47262e-03 3.33333e-01
     5.76117e-01 9.99988e-01 9.97525e-01 3.33333e-01`,
  ],
  [
    'along axis 1',
    { shape: [3, 4], axis: 1 },
    `1.05877e-01 6.42177e-02 4.75736e-02 7.82332e-01
     2.42746e-03 3.28521e-04 9.79307e-01 1.79366e-02
     1.22094e-05 2.68929e-01 7.31025e-01 3.31885e-05`,
  ],
])('softmax %s', (_, options, printed) => {
  const probabilities = softmax(matrix, options);
  const numbers = printed.trim().split(/\s+/);
  expect(numbers).toHaveLength(probabilities.length);
  for (const [i, number] of numbers.entries()) expectPrinted(probabilities[i], number);
});

it('log_softmax of what softmax rounds to 1 and 0', () => {
  const x = Float32Array.of(1000, 1);
  expect(softmax(x)).toEqual(Float32Array.of(1, 0));
  expect(logSoftmax(x)).toEqual(Float32Array.of(0, -999));
});

const types = [
  ['float32', (values: readonly number[]) => Float32Array.from(values), 2e-7],
  ['float64', (values: readonly number[]) => Float64Array.from(values), 4e-16],
] as const;

it.each(types)('logsumexp of 0 to 9, and with weights, in %s', (_, make, threeUlp) => {
  const x = Array.from({ length: 10 }, (_value, i) => i);
  expectPrinted(logSumExp(make(x)), '9.4586297444267107', threeUlp);
  const weighted = x.map((value, i) => value + Math.log(10 - i));
  expectPrinted(logSumExp(make(weighted)), '9.9170178533034665', threeUlp);
});

describe.each(types)('entropy in %s', (_, make, threeUlp) => {
  it.each([
    ['fair', [1 / 2, 1 / 2], '1.0'],
    ['biased', [9 / 10, 1 / 10], '0.46899559358928117'],
  ])('of a %s coin, in bits', (_coin, probabilities, printed) => {
    const nats = entropy(make(probabilities.map(Math.log)));
    expectPrinted(nats / Math.LN2, printed, threeUlp);
  });
});
