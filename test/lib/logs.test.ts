// SPDX-License-Identifier: MIT
// logSoftmax(), logSumExp() and entropy(); test/native has the numerics in depth.
import { describe, expect, expectTypeOf, it } from 'vitest';
import { cpu, entropy, logSoftmax, logSumExp, softmax } from '../../lib/index.js';
import { logits, sameBits, ulps } from './reference.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const { isas } = cpu();
const row = (...values: number[]) => Float32Array.from(values);

/** ln of the sum relative to the maximum, and the entropy, in float64. */
function exact(x: Float32Array) {
  const max = Math.max(...x);
  const others = [...x].filter((v) => v < max);
  const ties = x.length - others.length - 1;
  const weights = others.map((v) => Math.exp(v - max));
  const rest = weights.reduce((a, b) => a + b, 0) + ties;
  const log = Math.log1p(rest);
  const spread = weights.reduce(
    (sum, w, i) => (w > 0 ? sum + w * (max - (others[i] ?? 0)) : sum),
    0,
  );
  return { max, log, entropy: log + spread / (1 + rest) };
}

describe('one row', () => {
  it.each([1, 2, 3, 16, 17, 100, 1024, 1025, 5000])('of %i', (n) => {
    for (const range of [0.1, 5, 40, 1000]) {
      const x = logits(n, range);
      const want = exact(x);
      const y = logSoftmax(x);
      const distances = Array.from(y, (got, i) => {
        const lp = (x[i] ?? nan) - want.max - want.log;
        return lp > -(2 ** -126) && got === 0 ? 0 : ulps(-got, -lp);
      });
      expect(Math.max(...distances)).toBeLessThanOrEqual(3);
      expect(Math.abs(logSumExp(x) - (want.max + want.log))).toBeLessThan(1e-7 * (want.log + 1e-6));
      const h = entropy(x);
      expect(Math.abs(h - want.entropy)).toBeLessThanOrEqual(4e-7 * want.entropy);
      for (const isa of isas) {
        expect(sameBits(logSoftmax(x, { isa }), y)).toBe(true);
        expect(entropy(x, { isa })).toBe(h);
        expect(logSumExp(x, { isa, threads: 2 })).toBe(logSumExp(x));
      }
    }
  });

  it('is exact where one probability is close to 1', () => {
    const [first, ...rest] = logSoftmax(row(20, 0, -1));
    expect(ulps(-(first as number), Math.log1p(Math.exp(-20) + Math.exp(-21)))).toBeLessThan(1);
    expect(rest).toEqual([-20, -21]);
    expect(logSoftmax(row(0, -200))).toEqual(row(0, -200));
    expect(logSumExp(row(5))).toBe(5);
    expect(entropy(row(5))).toBe(0);
    expect(entropy(row(20, 0))).toBeCloseTo(21 * Math.exp(-20), 14);
  });

  it('may be computed in place', () => {
    for (const n of [5, 3000]) {
      const x = logits(n);
      const want = logSoftmax(x);
      expect(logSoftmax(x, { out: x })).toBe(x);
      expect(sameBits(x, want)).toBe(true);
    }
  });
});

describe('many rows', () => {
  const x = logits(60, 20);
  it.each([
    [[6, 10], -1],
    [[6, 10], 0],
    [[3, 4, 5], 1],
    [[3, 4, 5], -3],
    [[60], 0],
  ])('of shape %o along axis %i are each for itself', (shape, axis) => {
    const at = axis < 0 ? axis + shape.length : axis;
    const n = shape[at] as number;
    const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
    const y = logSoftmax(x, { shape, axis });
    const sums = logSumExp(x, { shape, axis });
    const entropies = entropy(x, { shape, axis });
    expect(sums).toHaveLength(60 / n);
    for (let r = 0; r < 60 / n; r++) {
      const places = Array.from(
        { length: n },
        (_, i) => (Math.floor(r / inner) * n + i) * inner + (r % inner),
      );
      const values = row(...places.map((place) => x[place] as number));
      expect(row(...places.map((place) => y[place] as number))).toEqual(logSoftmax(values));
      expect(sums[r]).toBe(logSumExp(values));
      expect(entropies[r]).toBe(entropy(values));
    }
  });

  it('of nothing', () => {
    const empty = new Float32Array(0);
    expect(logSoftmax(empty)).toEqual(empty);
    expect(logSumExp(empty)).toBe(-inf);
    expect(entropy(empty)).toBe(0);
    expect(logSumExp(empty, { shape: [3, 0] })).toEqual(Float64Array.of(-inf, -inf, -inf));
    expect(entropy(empty, { shape: [0, 3], axis: 0 })).toEqual(new Float64Array(3));
    expect(entropy(empty, { shape: [0, 3] })).toEqual(new Float64Array(0));
    expect(() => entropy(empty, { shape: [2 ** 52, 2 ** 40, 0] })).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }),
    );
  });
});

describe('special rows', () => {
  it.each<[number[], number, number]>([
    [[-inf], -inf, nan],
    [[-inf, -inf, -inf], -inf, nan],
    [[inf, 0], inf, nan],
    [[inf, -inf], inf, nan],
    [[nan, 0], nan, nan],
    [[nan, inf], nan, nan],
    [[nan, -inf], nan, nan],
  ])('%j', (values, sum, h) => {
    for (const isa of isas) {
      expect(logSoftmax(row(...values), { isa })).toEqual(row(...values.map(() => nan)));
      expect(logSumExp(row(...values), { isa })).toBe(sum);
      expect(entropy(row(...values), { isa })).toBe(h);
    }
  });

  it('fullyMasked zeros', () => {
    const x = row(-inf, -inf, 0, -inf, nan, 0);
    const options = { shape: [3, 2], fullyMasked: 'zeros' } as const;
    expect(logSoftmax(x, options)).toEqual(row(-inf, -inf, 0, -inf, nan, nan));
    expect(entropy(x, options)).toEqual(Float64Array.of(0, 0, nan));
    expect(logSumExp(x, options)).toEqual(Float64Array.of(-inf, 0, nan));
  });

  it('masked terms and huge offsets', () => {
    expect(logSoftmax(row(-inf, 3, -inf))).toEqual(row(-inf, 0, -inf));
    expect(entropy(row(-inf, 3, 3))).toBeCloseTo(Math.LN2, 7);
    expect(logSoftmax(row(3.4e38, -3.4e38))).toEqual(row(0, -inf));
    expect(logSoftmax(row(1e30, 1e30))).toEqual(row(-Math.LN2, -Math.LN2));
    expect(logSumExp(row(-1e30, -1e30))).toBe(Math.fround(-1e30));
  });
});

describe('temperature', () => {
  it('is that of the logits', () => {
    const x = logits(500);
    const z = x.map((v) => v * Math.fround(1 / 0.7));
    expect(logSoftmax(x, { temperature: 0.7 })).toEqual(logSoftmax(z));
    expect(logSumExp(x, { temperature: 0.7 })).toBe(logSumExp(z));
    expect(entropy(x, { temperature: 0.7 })).toBe(entropy(z));
    expect(logSumExp(row(3e38), { temperature: 0.5 })).toBe(2 * Math.fround(3e38));
    expect(logSoftmax(row(3e38, 1), { temperature: 0.5 })).toEqual(row(0, -inf));
  });

  const adapted = (x: Float32Array) => {
    const h = exact(x).entropy;
    const beta = -0.037 * h ** 4 + 0.481 * h ** 3 - 2.3 * h ** 2 + 4.917 * h - 1.791;
    return h > 0.5 ? Math.max(1, beta) : 1;
  };
  it.each([
    [2, 0.1],
    [10, 1],
    [10, 3],
    [100, 4],
    [5000, 8],
    [100, 60],
  ])('adaptive for %i logits within %d', (n, range) => {
    const x = logits(n, range);
    const beta = adapted(x);
    const options = { temperature: 'adaptive' } as const;
    // With the same beta there can be no difference but the rounding of beta itself.
    const want = softmax(x, { temperature: 1 / beta });
    softmax(x, options).forEach((p, i) => {
      expect(Math.abs(p - (want[i] as number))).toBeLessThanOrEqual(2e-5 * p);
    });
    expect(entropy(x, options)).toBeCloseTo(entropy(x, { temperature: 1 / beta }), 5);
    if (beta === 1) expect(softmax(x, options)).toEqual(softmax(x));
    for (const isa of isas) expect(softmax(x, { ...options, isa })).toEqual(softmax(x, options));
  });

  it('adapts to each row, whatever lies beside it', () => {
    const x = logits(300, 2);
    x.set(logits(100, 50), 100);
    const options = { temperature: 'adaptive', fullyMasked: 'zeros' } as const;
    x.fill(-inf, 200);
    for (const f of [softmax, logSoftmax]) {
      const y = f(x, { ...options, shape: [3, 100] });
      for (const r of [0, 1, 2]) {
        const [from, to] = [100 * r, 100 * (r + 1)];
        expect(y.slice(from, to)).toEqual(f(x.slice(from, to), options));
      }
    }
  });

  it('adapts by the paper, not by itself: the entropy of two equal logits is ln 2', () => {
    const h = Math.LN2;
    const beta = -0.037 * h ** 4 + 0.481 * h ** 3 - 2.3 * h ** 2 + 4.917 * h - 1.791;
    expect(beta).toBeLessThan(1); // so this row stays as it is, and one of three does not
    expect(softmax(row(1, 1), { temperature: 'adaptive' })).toEqual(row(0.5, 0.5));
    const [a = 0, b = 0] = softmax(row(0.1, 0, 0, 0, 0), { temperature: 'adaptive' });
    expect(Math.log(a / b) / Math.fround(0.1)).toBeCloseTo(adapted(row(0.1, 0, 0, 0, 0)), 4);
    expect(adapted(row(0.1, 0, 0, 0, 0))).toBeGreaterThan(1.3);
  });
});

describe.each([
  ['logSoftmax', logSoftmax],
  ['logSumExp', logSumExp],
  ['entropy', entropy],
])('%s refuses', (name, f) => {
  const call = (...values: unknown[]): unknown => Reflect.apply(f, undefined, values);
  it.each([
    [[[1, '2']], 'ERR_INVALID_ARG_TYPE'],
    [[row(1), null], 'ERR_INVALID_ARG_TYPE'],
    [[row(1), { algorithm: 'auto' }], 'ERR_INVALID_ARG_VALUE'],
    [[row(1), { shape: [2] }], 'ERR_INVALID_ARG_VALUE'],
    [[row(1), { axis: 1 }], 'ERR_OUT_OF_RANGE'],
    [[row(1), { temperature: 0 }], 'ERR_OUT_OF_RANGE'],
    [[row(1), { dtype: 'float16' }], 'ERR_INVALID_ARG_VALUE'],
    [[row(1), { isa: 'sse' }], 'ERR_INVALID_ARG_VALUE'],
    [[row(1), { threads: 0 }], 'ERR_OUT_OF_RANGE'],
  ])('%j', (values, code) => {
    expect(() => call(...values)).toThrow(expect.objectContaining({ code }));
  });

  it('out unless it returns an array like the input', () => {
    const options = { out: new Float32Array(1) };
    if (name === 'logSoftmax') expect(call(row(1), options)).toBe(options.out);
    else expect(() => call(row(1), options)).toThrow(/^options: expected only shape, /);
  });
});

it('refuses an output that overlaps a part of the input, and one of another length', () => {
  const memory = logits(10);
  const before = memory.slice();
  const out = memory.subarray(1, 9);
  expect(() => logSoftmax(memory.subarray(0, 8), { out })).toThrow(/^options\.out: /);
  expect(() => logSoftmax(memory, { out })).toThrow(/^options\.out: expected 10 elements/);
  expect(memory).toEqual(before);
});

it('has types that say whether a number or an array comes', () => {
  expectTypeOf(logSoftmax(row(1))).toEqualTypeOf<Float32Array>();
  expectTypeOf(logSumExp(row(1))).toEqualTypeOf<number>();
  expectTypeOf(logSumExp(row(1), { temperature: 2 })).toEqualTypeOf<number>();
  expectTypeOf(logSumExp(row(1), { shape: [1] })).toEqualTypeOf<Float64Array>();
  expectTypeOf(
    entropy(row(1), { shape: [1], temperature: 'adaptive' }),
  ).toEqualTypeOf<Float64Array>();
  expect(logSumExp(row(1), { shape: [1] })).toEqual(Float64Array.of(1));
});
