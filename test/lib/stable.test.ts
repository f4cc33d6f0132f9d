// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { cpu, stableMax } from '../../lib/index.js';
import { logits, sameBits, ulps } from './reference.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const { isas } = cpu();
const row = (...values: number[]) => Float32Array.from(values);
const score = (x: number) => (x >= 0 ? x + 1 : 1 / (1 - x));

describe('stableMax', () => {
  it.each([1, 2, 3, 16, 17, 1000, 1025, 5000])('of %i', (n) => {
    for (const range of [0.5, 20, 1e6, 3e38]) {
      const x = logits(n, range);
      const sum = x.reduce((total, v) => total + score(v), 0);
      const y = stableMax(x);
      y.forEach((p, i) => {
        const want = score(x[i] as number) / sum;
        if (want < 2 ** -126) expect(p).toBe(0);
        else expect(ulps(p, want)).toBeLessThanOrEqual(1);
      });
      for (const isa of isas) expect(sameBits(stableMax(x, { isa, threads: 2 }), y)).toBe(true);
      expect(stableMax(x, { out: x })).toBe(x);
      expect(sameBits(x, y)).toBe(true);
    }
  });

  it('has the values of its definition', () => {
    expect(stableMax(row(1, 0, -1))).toEqual(row(4 / 7, 2 / 7, 1 / 7));
    expect(stableMax(row(-0, 0))).toEqual(row(0.5, 0.5));
    expect(stableMax(row(3, -3, -3, -3, -3))).toEqual(row(0.8, 0.05, 0.05, 0.05, 0.05));
  });

  it.each<[number[], number[]]>([
    [[], []],
    [
      [-inf, 0],
      [0, 1],
    ],
    [
      [-inf, -inf],
      [nan, nan],
    ],
    [
      [inf, 0],
      [nan, nan],
    ],
    [
      [nan, 0],
      [nan, nan],
    ],
    [
      [3e38, 3e38, -3e38],
      [0.5, 0.5, 0],
    ],
  ])('%j', (values, want) => {
    for (const isa of isas) expect(stableMax(row(...values), { isa })).toEqual(row(...want));
  });

  it('of rows along any axis, masked rows as one likes', () => {
    const x = row(1, -inf, 0, -inf, -1, -inf);
    expect(stableMax(x, { shape: [3, 2], axis: 0, fullyMasked: 'zeros' })).toEqual(
      row(4 / 7, 0, 2 / 7, 0, 1 / 7, 0),
    );
  });

  it('with a temperature, also one that takes the logits beyond float32', () => {
    const x = logits(100);
    const z = x.map((v) => v * Math.fround(1 / 0.3));
    expect(stableMax(x, { temperature: 0.3 })).toEqual(stableMax(z));
    expect(stableMax(row(3e38, 1e38, 1), { temperature: 0.1 })).toEqual(row(0.75, 0.25, 0));
    expect(() => stableMax(x, { temperature: 'adaptive' } as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
  });
});
