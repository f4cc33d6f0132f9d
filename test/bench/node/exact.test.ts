// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { type CallName, TEMPERATURE } from '../../../bench/node/calls.js';
import { exactly } from '../../../bench/node/exact.js';

const x = Float32Array.of(0, 4, 1);
const row = { x, out: new Float32Array(3), k: 2 };
const sum = 1 + Math.exp(4) + Math.E;
const top = Math.exp(4 / TEMPERATURE);
const whole = top + Math.exp(1 / TEMPERATURE);

const results: [CallName, number[]][] = [
  ['softmax', [1 / sum, Math.exp(4) / sum, Math.E / sum]],
  ['logSoftmax', [-Math.log(sum), 4 - Math.log(sum), 1 - Math.log(sum)]],
  ['topK', [Math.exp(4) / sum, Math.E / sum]],
  ['sample', [1, 1]], // the largest alone has more than 0.95 of the two
];

describe.each(results)('%s', (call, right) => {
  it('finds nothing wrong with the right result', () => {
    expect(whole / top).toBeLessThan(1 / 0.95);
    expect(exactly(call, row)(Float32Array.from(right))).toBeLessThan(1e-6);
  });

  it('finds what is off, missing or no number', () => {
    const off = right.with(-1, (right.at(-1) as number) * 1.01);
    expect(exactly(call, row)(Float32Array.from(off))).toBeCloseTo(0.01, 5);
    expect(exactly(call, row)(Float32Array.from(right.with(-1, Number.NaN)))).toBe(
      Number.POSITIVE_INFINITY,
    );
    const wrong = exactly(call, row)(Float32Array.from(right.slice(0, -1)));
    expect(wrong).toBe(Number.POSITIVE_INFINITY);
  });
});

it('takes the sum for a result of one read', () => {
  expect(exactly('sample', row)(Float32Array.of(sum), true)).toBeLessThan(1e-6);
  expect(exactly('sample', row)(Float32Array.of(sum / 2), true)).toBeCloseTo(0.5, 5);
});
