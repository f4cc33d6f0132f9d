// SPDX-License-Identifier: MIT
// What topK() returns, and what it refuses. test/native has the selection at every length.
import { describe, expect, it } from 'vitest';
import { binding, Status } from '../../lib/binding.js';
import { cpu, softmax, type TopK, topK } from '../../lib/index.js';
import { numbersOf } from './numbers.js';
import { logits, sameBits } from './reference.js';

const { isas } = cpu();
const lengths = [1, 2, 15, 16, 17, 64, 65, 1000, 1024, 1025, 4097, 20001];

/** Sorted by logit, then by index. */
function expected(x: Float32Array, k: number, options = {}): TopK {
  const probabilities = softmax(x, options);
  const indices = Uint32Array.from(x.keys())
    .sort((a, b) => (x[b] as number) - (x[a] as number) || a - b)
    .subarray(0, k);
  return {
    indices,
    probabilities: Float32Array.from(indices, (i) => probabilities[i] as number),
  };
}

function expectSame(actual: TopK, wanted: TopK) {
  expect(actual.indices).toEqual(Uint32Array.from(wanted.indices));
  expect(sameBits(actual.probabilities, wanted.probabilities)).toBe(true);
}

describe('one row', () => {
  it.each(isas)('is the head of the sorted softmax, to the bit, on %s', (isa) => {
    for (const n of lengths) {
      for (const range of [1, 30, 1000]) {
        const x = logits(n, range);
        for (const k of new Set([1, Math.min(9, n), Math.min(50, n), Math.ceil(n / 2), n])) {
          expectSame(topK(x, k, { isa }), expected(x, k));
          expectSame(topK(x, k, { isa, temperature: 0.7 }), expected(x, k, { temperature: 0.7 }));
        }
      }
    }
  });

  it('goes by lower index among equal logits', () => {
    for (const n of [5000, 17000]) {
      const x = logits(n).map((v) => Math.round(v / 4));
      for (const k of [1, 7, 300, 5000]) expectSame(topK(x, k), expected(x, k));
    }
    expect(topK(new Float32Array(3000).fill(2), 5).indices).toEqual(Uint32Array.of(0, 1, 2, 3, 4));
    expect(topK(Float32Array.of(-0, 0, -0, 0), 3).indices).toEqual(Uint32Array.of(0, 1, 2));
  });

  it('is right whatever the order of the logits', () => {
    const rising = logits(20001).sort();
    const falling = rising.slice().reverse();
    for (const k of [5, 50]) {
      expectSame(topK(rising, k), expected(rising, k));
      expectSame(topK(falling, k), expected(falling, k));
    }
  });

  it('is right where one element is all that a part of the row has', () => {
    for (const n of [8193, 20001, 32769]) {
      const x = logits(n);
      const at = n - 1 - ((n - 1) % 1024); // of the last block
      for (const [first, length] of [
        [at, 1],
        [0, 1],
        [0, 16],
        [1024, 64],
      ] as const) {
        const y = x.slice().fill(40, first, first + length);
        for (const k of [1, 10, 50]) expectSame(topK(y, k), expected(y, k));
      }
    }
  });

  it('is right for logits of any size', () => {
    for (const shift of [-3e38, -1e6, -66000, 66000, 1e6, 3e38]) {
      const x = logits(3000, 8).map((v) => v + shift);
      expectSame(topK(x, 20), expected(x, 20));
    }
    for (const least of [-3.4028234663852886e38, -1e-45, -0, 0, 1e-45, Number.NEGATIVE_INFINITY]) {
      const x = new Float32Array(9000).fill(least);
      x.set([9, 8, 7], 700);
      for (const k of [2, 4]) expectSame(topK(x, k), expected(x, k));
    }
    const spread = logits(3000, 3e38);
    expectSame(topK(spread, 20), expected(spread, 20));
    const overflowing = logits(3000, 1e30);
    const temperature = 1e-20;
    expectSame(topK(overflowing, 20, { temperature }), expected(overflowing, 20, { temperature }));
  });

  it('tells subnormal logits apart', () => {
    const x = new Float32Array(6000).map((_, i) => (i % 100) * 1.4e-45);
    expect(topK(x, 60).indices).toEqual(Uint32Array.from({ length: 60 }, (_, i) => i * 100 + 99));
    const temperature = 1e-38;
    expectSame(topK(x, 100, { temperature }), expected(x, 100, { temperature }));
  });

  it('takes the temperature of softmax, adaptive too', () => {
    for (const n of [30, 3000]) {
      const x = logits(n, 3);
      for (const temperature of [1e-30, 0.1, 50, 'adaptive'] as const) {
        expectSame(topK(x, 20, { temperature }), expected(x, 20, { temperature }));
      }
    }
  });

  it('is the same in new arrays, and leaves the input alone', () => {
    const x = logits(100);
    const before = x.slice();
    const first = topK(x, 5);
    expect(topK(x, 5).indices.buffer).not.toBe(first.indices.buffer);
    expect(first.indices.constructor).toBe(Uint32Array);
    expect(first.probabilities.constructor).toBe(Float32Array);
    expect(sameBits(x, before)).toBe(true);
  });

  it('goes by no threads, but reads them, once', () => {
    const x = logits(3000);
    for (const k of [5, 50, 2000]) {
      for (const threads of [1, 7, 'auto'] as const) {
        let reads = 0;
        const options = {
          get threads() {
            reads++;
            return threads;
          },
        };
        expectSame(topK(x, k, options), expected(x, k));
        expect(reads).toBe(1);
      }
      for (const threads of [0, -1, 1.5, Number.NaN, '1', null]) {
        expect(() => topK(x, k, { threads } as object)).toThrow('options.threads');
      }
      for (const other of [0, 3001, 17.5]) {
        expect(() => topK(x, other, { threads: 1 })).toThrow('k: expected');
      }
    }
  });

  it.each([1, 16, 17])('keeps %i results whatever comes later', (k) => {
    const first = topK(logits(100), k);
    const { indices, probabilities } = first;
    const [i, p] = [indices.slice(), probabilities.slice()];
    topK(logits(100, 3, 7), k);
    expect(first).toEqual({ indices: i, probabilities: p });
    expect(indices.byteLength).toBe(indices.buffer.byteLength);
  });
});

describe('special rows', () => {
  const nan = (k: number) => ({
    indices: Uint32Array.from({ length: k }, (_, i) => i),
    probabilities: new Float32Array(k).fill(Number.NaN),
  });

  it.each([1, 40, 1500, 4100])('of %i with a NaN or +Infinity are NaN', (n) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const at of new Set([0, n >> 1, n - 1])) {
        const x = logits(n);
        x[at] = value;
        const k = Math.min(n, 5);
        expect(topK(x, k)).toEqual(nan(k));
        expect(topK(x, k, { fullyMasked: 'zeros' })).toEqual(nan(k));
      }
    }
  });

  it('are NaN, or zeros where asked for, when fully masked', () => {
    const x = new Float32Array(2000).fill(Number.NEGATIVE_INFINITY);
    expect(topK(x, 3)).toEqual(nan(3));
    expect(topK(x, 3, { fullyMasked: 'nan' })).toEqual(nan(3));
    const zeros = topK(x, 3, { fullyMasked: 'zeros' });
    expect(zeros).toEqual({ ...nan(3), probabilities: new Float32Array(3) });
    x[1999] = Number.NaN;
    expect(topK(x, 3, { fullyMasked: 'zeros' })).toEqual(nan(3));
  });

  it('end in masked elements, by index, when there are not enough others', () => {
    const x = new Float32Array(3000).fill(Number.NEGATIVE_INFINITY);
    x[2500] = 1;
    x[1] = 1;
    expect(topK(x, 5)).toEqual({
      indices: Uint32Array.of(1, 2500, 0, 2, 3),
      probabilities: Float32Array.of(0.5, 0.5, 0, 0, 0),
    });
    expect(topK(x, 1, { temperature: 2 }).probabilities).toEqual(Float32Array.of(0.5));
  });
});

describe('shape', () => {
  it.each([
    [[3, 50], -1],
    [[2, 1500, 3], 1],
    [[40, 7], 0],
    [[2, 3, 4], -3],
    [[5], 0],
    [[], -1],
  ])('%o along %i', (shape, axis) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const x = logits(length);
    const at = axis < 0 ? axis + Math.max(shape.length, 1) : axis;
    const n = shape[at] ?? 1;
    const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
    const k = Math.min(n, 2);
    for (const threads of [1, 2]) {
      const { indices, probabilities } = topK(x, k, { shape, axis, threads });
      expect(indices.length).toBe((length / n) * k);
      for (let o = 0; o < length / n / inner; o++) {
        for (let c = 0; c < inner; c++) {
          const row = Float32Array.from({ length: n }, (_, i) => x[(o * n + i) * inner + c] ?? 0);
          const pick = <T>(from: ArrayLike<T>) =>
            Array.from({ length: k }, (_, i) => from[(o * k + i) * inner + c] as T);
          const wanted = expected(row, k);
          expect(pick(indices)).toEqual([...wanted.indices]);
          expect(pick(probabilities)).toEqual([...wanted.probabilities]);
        }
      }
    }
  });

  it('without rows gives nothing', () => {
    const nothing = { indices: new Uint32Array(0), probabilities: new Float32Array(0) };
    expect(topK(new Float32Array(0), 2, { shape: [0, 5] })).toEqual(nothing);
    expect(topK(new Float32Array(0), 3, { shape: [3, 0], axis: 0 })).toEqual(nothing);
  });
});

describe('refuses', () => {
  const x = logits(6);
  const call = (...parameters: readonly unknown[]) => Reflect.apply(topK, undefined, parameters);

  it.each([
    [x, undefined, undefined, 'ERR_INVALID_ARG_TYPE', 'k'],
    [x, '2', undefined, 'ERR_INVALID_ARG_TYPE', 'k'],
    [x, 2n, undefined, 'ERR_INVALID_ARG_TYPE', 'k'],
    [x, 0, undefined, 'ERR_OUT_OF_RANGE', 'k'],
    [x, -1, undefined, 'ERR_OUT_OF_RANGE', 'k'],
    [x, 1.5, undefined, 'ERR_OUT_OF_RANGE', 'k'],
    [x, Number.NaN, undefined, 'ERR_OUT_OF_RANGE', 'k'],
    [x, 7, undefined, 'ERR_OUT_OF_RANGE', 'k'],
    [x, 4, { shape: [2, 3] }, 'ERR_OUT_OF_RANGE', 'k'],
    [x, 3, { shape: [2, 3], axis: 0 }, 'ERR_OUT_OF_RANGE', 'k'],
    [new Float32Array(0), 1, undefined, 'ERR_OUT_OF_RANGE', 'k'],
    [new Float32Array(0), 1, { shape: [2 ** 52, 0] }, 'ERR_OUT_OF_RANGE', 'k'],
    [new Float32Array(0), 6, { shape: [0, 5] }, 'ERR_OUT_OF_RANGE', 'k'],
    [['1', '2'], 1, undefined, 'ERR_INVALID_ARG_TYPE', 'input\\[0\\]'],
    [new Int32Array(2), 1, undefined, 'ERR_INVALID_ARG_TYPE', 'input'],
    [x, 1, null, 'ERR_INVALID_ARG_TYPE', 'options'],
    [x, 1, { out: x }, 'ERR_INVALID_ARG_VALUE', 'options'],
    [x, 1, { algorithm: 'auto' }, 'ERR_INVALID_ARG_VALUE', 'options'],
    [x, 1, { temperature: 0 }, 'ERR_OUT_OF_RANGE', 'options.temperature'],
    [
      x,
      1,
      { isa: process.arch === 'arm64' ? 'avx2' : 'neon' },
      'ERR_ISA_UNSUPPORTED',
      'options.isa',
    ],
    [x, 1, { dtype: 'float16' }, 'ERR_INVALID_ARG_VALUE', 'options.dtype'],
  ])('%o, %o, %o with %s', (input, k, options, code, argument) => {
    expect(() => call(input, k, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(`^${argument}: `) }),
    );
  });
});

describe('the native function trusts nothing', () => {
  const right = { outer: 3, n: 4 };
  const good: readonly unknown[] = [
    ...[logits(12), new Uint32Array(6), new Float32Array(6), 2],
    numbersOf(right),
  ];
  const call = (parameters: readonly unknown[]) =>
    Reflect.apply(binding.topK, undefined, parameters);

  it('takes what is right', () => {
    expect(call(good)).toBe(Status.ok);
  });

  it.each([
    ['no input', 0, undefined],
    ['input too short', 0, logits(11)],
    ['indices too short', 1, new Uint32Array(5)],
    ['indices that are no array', 1, {}],
    ['probabilities too short', 2, new Float32Array(5)],
    ['k of 0', 3, 0],
    ['k above the length', 3, 5],
    ['k with a fraction', 3, 1.5],
    ['k that is no number', 3, '2'],
    ['no numbers', 4, undefined],
    ['elements larger than there is memory for', 4, numbersOf({ ...right, dtype: 3 })],
    ['more rows than fit', 4, numbersOf({ ...right, outer: 4 })],
    ['rows that overflow', 4, numbersOf({ ...right, outer: 2 ** 53 - 1 })],
    ['no elements', 4, numbersOf({ ...right, n: 0 })],
  ])('%s', (_, place, value) => {
    expect(call(good.with(place, value))).toBe(Status.badArgument);
  });
});
