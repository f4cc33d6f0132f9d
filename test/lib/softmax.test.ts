// SPDX-License-Identifier: MIT
// What softmax() returns. test/native has the kernels at every length and alignment.
import { describe, expect, it } from 'vitest';
import { type Algorithm, cpu, type FullyMasked, softmax } from '../../lib/index.js';
import { algorithms } from '../../lib/types.js';
import { farthest, logits, sameBits, softmaxOf } from './reference.js';

const ours: readonly Algorithm[] = ['auto', 'two-pass', 'two-pass-reload'];
const rivals = algorithms.filter((name) => !ours.includes(name));
const { isas } = cpu();
const lengths = [1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 100, 1000, 1024, 1025, 5000, 20001];

describe('one row', () => {
  it.each(lengths)('of %i', (n) => {
    for (const range of [1, 30, 1000]) {
      const x = logits(n, range);
      const before = x.slice();
      const y = softmax(x);
      expect(farthest(y, softmaxOf(x, 1, n, 1))).toBeLessThanOrEqual(3);
      expect(sameBits(x, before)).toBe(true);
    }
  });

  it('comes in a new Float32Array', () => {
    const x = logits(5);
    const y = softmax(x);
    expect(y.constructor).toBe(Float32Array);
    expect(y.buffer).not.toBe(x.buffer);
    expect(softmax(x)).not.toBe(y);
  });

  it('goes to `out`, which is returned', () => {
    const x = logits(5);
    const out = new Float32Array(5);
    expect(softmax(x, { out })).toBe(out);
    expect(out).toEqual(softmax(x));
    expect(softmax(x, { out, axis: 0 })).toBe(out);
  });

  it('may be computed in place', () => {
    for (const n of lengths) {
      const want = softmax(logits(n));
      const x = logits(n);
      expect(softmax(x, { out: x })).toBe(x);
      expect(sameBits(x, want)).toBe(true);
      const again = logits(n);
      softmax(again, { out: again.subarray(0), threads: 1 });
      expect(sameBits(again, want)).toBe(true);
    }
  });

  it('takes undefined for an option that is not given', () => {
    const x = logits(5);
    const options = { out: undefined, shape: undefined, axis: undefined, temperature: undefined };
    expect(Reflect.apply(softmax, undefined, [x, options])).toEqual(softmax(x));
    expect(Reflect.apply(softmax, undefined, [x, { out: undefined }])).toEqual(softmax(x));
    expect(softmax(x, undefined)).toEqual(softmax(x, {}));
  });
});

describe('many rows', () => {
  const shapes = [
    [6, 100],
    [100, 6],
    [2, 3, 4],
    [1, 21, 5, 7],
    [3, 1, 1000],
    [2, 1100, 3],
    [9, 1],
  ];
  for (const shape of shapes) {
    for (let axis = -shape.length; axis < shape.length; axis++) {
      it(`of shape [${shape}] along axis ${axis}`, () => {
        const at = axis < 0 ? axis + shape.length : axis;
        const size = (dimensions: number[]) => dimensions.reduce((a, b) => a * b, 1);
        const inner = size(shape.slice(at + 1));
        const x = logits(size(shape));
        const want = softmaxOf(x, size(shape.slice(0, at)), shape[at] as number, inner);
        expect(farthest(softmax(x, { shape, axis }), want)).toBeLessThanOrEqual(3);
        softmax(x, { shape, axis, out: x });
        expect(farthest(x, want)).toBeLessThanOrEqual(3);
      });
    }
  }

  it('have the last axis when none is named', () => {
    const x = logits(24);
    expect(softmax(x, { shape: [2, 3, 4] })).toEqual(softmax(x, { shape: [2, 3, 4], axis: 2 }));
  });

  it('are computed each for itself', () => {
    const x = logits(300);
    const y = softmax(x, { shape: [3, 100] });
    for (const row of [0, 1, 2]) {
      const [from, to] = [100 * row, 100 * (row + 1)];
      expect(y.slice(from, to)).toEqual(softmax(x.slice(from, to)));
    }
  });

  it('may be a scalar or nothing', () => {
    expect(softmax(Float32Array.of(5), { shape: [] })).toEqual(Float32Array.of(1));
    const empty = new Float32Array(0);
    expect(softmax(empty)).toEqual(empty);
    expect(softmax(empty, { out: empty })).toBe(empty);
    for (const shape of [[0], [0, 5], [5, 0], [2, 0, 3]]) {
      for (const axis of shape.keys()) expect(softmax(empty, { shape, axis })).toEqual(empty);
    }
  });
});

describe('every way to compute', () => {
  const cases = [
    { length: 1000, options: {} },
    { length: 3000, options: { shape: [3, 1000] } },
    { length: 3000, options: { shape: [10, 100, 3], axis: 1 } },
    { length: 20001, options: { temperature: 0.7 } },
  ];
  for (const isa of isas) {
    it.each(ours)(`${isa} %s: the same bits`, (algorithm) => {
      for (const { length, options } of cases) {
        const x = logits(length, 30);
        const y = softmax(x, { ...options, isa, algorithm });
        expect(sameBits(y, softmax(x, options))).toBe(true);
      }
    });

    it.each(rivals)(`${isa} %s: within 1e-4`, (algorithm) => {
      for (const { length, options } of cases) {
        const x = logits(length, 30);
        const want = softmax(x, options);
        const got = softmax(x, { ...options, isa, algorithm });
        // Relative where float32 is; a rival may keep results below 2^-126, some 1e-4 of 2^-112.
        const off = want.map((y, i) => Math.abs((got[i] as number) - y) / Math.max(y, 2 ** -112));
        expect(Math.max(...off)).toBeLessThan(1e-4);
      }
    });
  }

  it.each([1, 2, 3, 2 ** 31, Number.MAX_SAFE_INTEGER, 'auto'] as const)('%s threads', (threads) => {
    const x = logits(20001);
    expect(sameBits(softmax(x, { threads }), softmax(x))).toBe(true);
  });
});

describe('temperature', () => {
  it.each([0.001, 0.3, 0.7, 1, 2, 1e30])('%f', (temperature) => {
    const x = logits(1000);
    const scale = Math.fround(1 / temperature);
    const z = x.map((value) => value * scale);
    const y = softmax(x, { temperature });
    expect(farthest(y, softmaxOf(z, 1, 1000, 1))).toBeLessThanOrEqual(3);
    expect(y).toEqual(softmax(z));
  });

  it('may take the logits beyond float32', () => {
    expect(softmax(Float32Array.of(3e38, 3e38), { temperature: 0.1 })).toEqual(
      Float32Array.of(0.5, 0.5),
    );
    expect(softmax(Float32Array.of(3e38, -3e38, 2e38), { temperature: 0.1 })).toEqual(
      Float32Array.of(1, 0, 0),
    );
  });
});

describe('special values', () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  it.each<[number[], number[]]>([
    [[5], [1]],
    [
      [-inf, 0, 0],
      [0, 0.5, 0.5],
    ],
    [[-inf], [nan]],
    [
      [-inf, -inf],
      [nan, nan],
    ],
    [
      [inf, 0],
      [nan, nan],
    ],
    [
      [inf, inf],
      [nan, nan],
    ],
    [
      [inf, -inf],
      [nan, nan],
    ],
    [
      [0, nan],
      [nan, nan],
    ],
    [
      [nan, -inf],
      [nan, nan],
    ],
    [
      [3e38, -3e38],
      [1, 0],
    ],
    [
      [3.4e38, 3.4e38],
      [0.5, 0.5],
    ],
    [
      [-3.4e38, -3.4e38],
      [0.5, 0.5],
    ],
    [
      [0, -88],
      [1, 0],
    ],
    [
      [0, -104],
      [1, 0],
    ],
    [
      [-0, 0],
      [0.5, 0.5],
    ],
  ])('%j', (input, output) => {
    for (const isa of isas) {
      for (const algorithm of ours) {
        const y = softmax(Float32Array.from(input), { isa, algorithm });
        expect(y).toEqual(Float32Array.from(output)); // tells -0 from 0
      }
    }
  });

  const rowWith = (value: number, n: number, at: number) => {
    const row = logits(n);
    row[at] = value;
    return row;
  };

  it.each([1, 2, 9, 17, 40, 1030])('at every place of a row of %i', (n) => {
    for (let at = 0; at < n; at += n > 100 ? 73 : 1) {
      for (const value of [nan, inf]) {
        expect(softmax(rowWith(value, n, at)).every(Number.isNaN)).toBe(true);
      }
      if (n === 1) continue;
      const masked = softmax(rowWith(-inf, n, at));
      expect(masked[at]).toBe(0);
      const others = rowWith(0, n, at).filter((_, i) => i !== at);
      expect(
        farthest(
          masked.filter((_, i) => i !== at),
          softmaxOf(others, 1, n - 1, 1),
        ),
      ).toBeLessThan(3);
    }
  });

  it.each<[FullyMasked | undefined, number]>([
    [undefined, nan],
    ['nan', nan],
    ['zeros', 0],
  ])('fullyMasked %s', (fullyMasked, expected) => {
    const rows = Float32Array.of(-inf, -inf, -inf, 0, nan, -inf, inf, 1);
    const options = fullyMasked === undefined ? {} : { fullyMasked };
    expect(softmax(rows, { ...options, shape: [4, 2] })).toEqual(
      Float32Array.of(expected, expected, 0, 1, nan, nan, nan, nan),
    );
    for (const n of [1, 3, 16, 100, 1030, 5000]) {
      const row = softmax(new Float32Array(n).fill(-inf), options);
      expect(row).toEqual(new Float32Array(n).fill(expected));
    }
  });
});
