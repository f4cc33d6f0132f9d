// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { maxUlp, reference, referenceLog } from '../../../bench/node/reference.js';

describe('reference', () => {
  it('normalises each row by itself, whatever its size', () => {
    const exact = reference(Float32Array.of(1, 2, 3, 1e4, 1e4, -1e4), 3);
    const [e, e2] = [Math.E, Math.E ** 2];
    const sum = 1 + e + e2;
    [1 / sum, e / sum, e2 / sum, 0.5, 0.5, 0].forEach((p, i) => {
      expect(exact[i]).toBeCloseTo(p, 15);
    });
  });
});

describe('referenceLog', () => {
  it('is right where a probability is close to 1', () => {
    const exact = referenceLog(Float32Array.of(0, 20, -1));
    const rest = Math.exp(-20) + Math.exp(-21);
    expect((exact[1] as number) / -rest).toBeCloseTo(1, 8);
    expect(exact[0]).toBeCloseTo(-20, 8);
    expect(exact[2]).toBeCloseTo(-21, 8);
  });

  it('counts every one of equal logits', () => {
    expect(referenceLog(new Float32Array(4))).toEqual(new Float64Array(4).fill(-Math.log(4)));
  });
});

describe('maxUlp', () => {
  it.each([
    ['nothing', [], [], 0],
    ['equal values', [0.25, 0], [0.25, 0], 0],
    ['the next float32 up', [1 + 2 ** -23], [1], 1],
    ['the next float32 down, of half the spacing', [1 - 2 ** -24], [1], 0.5],
    ['an exact value between two floats', [0.75], [0.75 + 2 ** -25], 0.5],
    ['an exact value that rounds into the next binade', [1], [1 - 2 ** -30], 2 ** -6],
    ['the worst of several', [0.5, 0.5 + 2 ** -22, 0.5], [0.5, 0.5, 0.5], 4],
    ['results that are zero by contract', [0, 2 ** -130], [2 ** -127, 0], 0],
    ['the smallest normal number against zero', [2 ** -126], [0], 2 ** 23],
  ])('measures %s', (_, values, exact, ulp) => {
    expect(maxUlp(Float32Array.from(values), Float64Array.from(exact))).toBe(ulp);
  });

  it('lets no NaN and no missing value pass for a good result', () => {
    expect(maxUlp(Float32Array.of(Number.NaN, 1), Float64Array.of(1, 1))).toBeNaN();
    expect(maxUlp(Float32Array.of(1, 1), Float64Array.of(1))).toBeNaN();
  });
});
