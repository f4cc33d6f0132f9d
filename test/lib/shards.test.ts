// SPDX-License-Identifier: MIT
// sumExp(), mergeSumExp() and softmaxFrom().
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  cpu,
  mergeSumExp,
  type SumExp,
  type SumExps,
  softmax,
  softmaxFrom,
  sumExp,
} from '../../lib/index.js';
import { logits, sameBits } from './reference.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const { isas } = cpu();
const row = (...values: number[]) => Float32Array.from(values);
const pair = (mantissa: number, exponent: number): SumExp => ({ mantissa, exponent });
const coded = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('sumExp', () => {
  it.each([1, 2, 17, 1000, 1025, 20001])('of %i logits', (n) => {
    for (const range of [1, 20, 600]) {
      const x = logits(n, range);
      const sum = sumExp(x);
      const exact = x.reduce((total, v) => total + Math.exp(v), 0);
      expect((sum.mantissa * 2 ** sum.exponent) / exact).toBeCloseTo(1, 6);
      expect(sum.mantissa).toBeGreaterThanOrEqual(1);
      expect(sum.mantissa).toBeLessThan(2);
      expect(Number.isInteger(sum.exponent)).toBe(true);
      for (const isa of isas) expect(sumExp(x, { isa, threads: 2 })).toEqual(sum);
    }
  });

  it.each<[number[], SumExp]>([
    [[], pair(0, 0)],
    [[-inf, -inf], pair(0, 0)],
    [[nan, 0], pair(nan, 0)],
    [[inf, 0], pair(nan, 0)],
    [[inf, nan, -inf], pair(nan, 0)],
  ])('%j', (values, sum) => {
    for (const isa of isas) expect(sumExp(row(...values), { isa })).toEqual(sum);
  });

  it('reaches to 2^31', () => {
    const { mantissa, exponent } = sumExp(row(2 ** 31));
    expect(exponent).toBe(3098164009); // 2^31 / ln 2 = 3098164009.35974...
    expect(Math.log2(mantissa)).toBeCloseTo(0.359740309758009, 7);
    expect(sumExp(row(-(2 ** 31), -inf)).exponent).toBe(-3098164010);
    for (const value of [2147483904, -2147483904, 3e38, -3e38]) {
      for (const x of [row(value), row(0, value), row(...logits(3000), value)]) {
        const expected = coded(
          'ERR_OUT_OF_RANGE',
          /^input: expected finite logits of at most 2\^31/,
        );
        expect(() => sumExp(x)).toThrow(expected);
      }
    }
    expect(sumExp(row(3e9), { temperature: 2 }).exponent).toBeGreaterThan(2e9);
    expect(() => sumExp(row(2e9), { temperature: 0.5 })).toThrow(RangeError);
  });

  it('comes in arrays with shape', () => {
    const x = logits(24);
    for (const axis of [0, 1, 2]) {
      const sums = sumExp(x, { shape: [2, 3, 4], axis });
      expect(sums.mantissa).toHaveLength(24 / ([2, 3, 4][axis] ?? 1));
      expect(sums.exponent).toHaveLength(sums.mantissa.length);
    }
    const { mantissa, exponent } = sumExp(x, { shape: [6, 4] });
    expect(pair(mantissa[1] as number, exponent[1] as number)).toEqual(sumExp(x.slice(4, 8)));
    expect(sumExp(row(), { shape: [2, 0] }).mantissa).toEqual(new Float64Array(2));
  });
});

describe('mergeSumExp', () => {
  /** mantissa * 2^exponent as an integer times 2^-1200. */
  const big = ({ mantissa, exponent }: SumExp) =>
    BigInt(mantissa * 2 ** 52) << BigInt(exponent - 52 + 1200);
  /** Rounded to 53 bits, ties to even. */
  const rounded = (value: bigint): SumExp => {
    const length = value.toString(2).length;
    const drop = BigInt(length - 53);
    const half = 1n << (drop - 1n);
    const rest = value & ((1n << drop) - 1n);
    let head = value >> drop;
    if (rest > half || (rest === half && (head & 1n) === 1n)) head += 1n;
    const carried = head === 1n << 53n;
    return pair(Number(carried ? head / 2n : head) / 2 ** 52, length - 1201 + Number(carried));
  };

  it('rounds the exact sum once', () => {
    const random = logits(6000, 1);
    for (let i = 0; i + 3 < random.length; i += 4) {
      const [a = 0, b = 0, c = 0, d = 0] = random.slice(i, i + 4);
      const one = pair(1 + Math.abs(a) / 1.5 + Math.abs(b) * 2 ** -30, Math.floor(c * 100));
      const two = pair(
        1 + Math.abs(b) / 1.5 + Math.abs(a) * 2 ** -30,
        one.exponent + Math.floor(d * 70),
      );
      const want = rounded(big(one) + big(two));
      expect(mergeSumExp(one, two)).toEqual(want);
      expect(mergeSumExp(two, one)).toEqual(want);
    }
    const even = pair(1 + 2 ** -52, 0);
    expect(mergeSumExp(even, pair(1, -53))).toEqual(pair(1 + 2 ** -51, 0)); // a tie
    expect(mergeSumExp(even, pair(1, -54))).toEqual(even);
    expect(mergeSumExp(pair(2 - 2 ** -52, 3), pair(1, -50))).toEqual(pair(1, 4));
  });

  it('goes from the first to the last', () => {
    expect(mergeSumExp()).toEqual(pair(0, 0));
    expect(mergeSumExp(pair(1.5, 7))).toEqual(pair(1.5, 7));
    expect(mergeSumExp(pair(1, 0), pair(1, -53), pair(1, -53))).toEqual(pair(1, 0));
    expect(mergeSumExp(pair(1, -53), pair(1, -53), pair(1, 0))).toEqual(pair(1 + 2 ** -52, 0));
    expect(mergeSumExp(pair(1, 3e9), pair(1, -3e9))).toEqual(pair(1, 3e9));
  });

  it('knows zero and NaN', () => {
    const zero = pair(0, 0);
    expect(mergeSumExp(zero, zero)).toEqual(zero);
    expect(mergeSumExp(zero, pair(1.5, -9), zero)).toEqual(pair(1.5, -9));
    for (const other of [zero, pair(1, 5), pair(1, -5), pair(nan, 0)]) {
      expect(mergeSumExp(pair(nan, 0), other)).toEqual(pair(nan, 0));
      expect(mergeSumExp(other, pair(nan, 0))).toEqual(pair(nan, 0));
    }
  });

  it('merges arrays element by element, and leaves them alone', () => {
    const x = logits(40);
    const [a, b] = [x.slice(0, 20), x.slice(20)].map((part) => sumExp(part, { shape: [2, 10] }));
    const before = structuredClone(a);
    const merged = mergeSumExp(a as SumExps, b as SumExps);
    const first = (sums?: SumExps) => pair(sums?.mantissa[0] ?? nan, sums?.exponent[0] ?? nan);
    expect(first(merged)).toEqual(mergeSumExp(first(a), first(b)));
    expect(a).toEqual(before);
    expectTypeOf(merged).toEqualTypeOf<SumExps>();
    expectTypeOf(mergeSumExp(pair(1, 0), pair(1, 0))).toEqualTypeOf<SumExp>();
  });
});

describe('softmaxFrom', () => {
  it.each([1, 2, 16, 100, 1025, 20001])('the own sum of %i logits is softmax', (n) => {
    for (const [offset, temperature] of [
      [0, 1],
      [0, 0.3],
      [65400, 1],
      [-64990, 1],
      [1e7, 3],
      [-1e9, 1],
    ] as const) {
      const x = logits(n, 100).map((v) => v + offset);
      const want = softmax(x, { temperature });
      for (const isa of isas) {
        const sum = sumExp(x, { isa, temperature });
        const y = softmaxFrom(x, sum, { isa, temperature });
        expect(sameBits(y, want)).toBe(true);
      }
      const sum = sumExp(x, { temperature });
      expect(softmaxFrom(x, sum, { temperature, out: x })).toBe(x);
      expect(sameBits(x, want)).toBe(true);
    }
  });

  it.each([0, 1, 2])('rows along axis %i', (axis) => {
    const x = logits(60, 30);
    const options = { shape: [3, 4, 5], axis };
    const y = softmaxFrom(x, sumExp(x, options), options);
    expect(sameBits(y, softmax(x, options))).toBe(true);
  });

  it('parts of a row, within 1 ULP of the whole', () => {
    for (const range of [1, 30, 1000]) {
      const x = logits(10_000, range);
      const cuts = [0, 1, 1500, 9000, 10_000];
      const parts = cuts.slice(1).map((end, i) => x.subarray(cuts[i], end));
      const sum = mergeSumExp(...parts.map((part) => sumExp(part)));
      const bits = (y: Float32Array) => new Int32Array(y.buffer, y.byteOffset, y.length);
      const want = bits(softmax(x));
      for (const [i, part] of parts.entries()) {
        const from = cuts[i] as number;
        bits(softmaxFrom(part, sum)).forEach((y, k) => {
          expect(Math.abs(y - (want[from + k] as number))).toBeLessThanOrEqual(1);
        });
      }
    }
  });

  it('masked, NaN and vanishing rows', () => {
    const masked = row(-inf, -inf);
    expect(softmaxFrom(masked, sumExp(masked))).toEqual(row(nan, nan));
    expect(softmaxFrom(masked, sumExp(masked), { fullyMasked: 'zeros' })).toEqual(row(0, 0));
    expect(softmaxFrom(row(0, nan), sumExp(row(0, nan)))).toEqual(row(nan, nan));
    // A part may be masked whole, or be nothing beside the rest.
    for (const rest of [row(3), row(1e6), row(2e9)]) {
      expect(softmaxFrom(masked, sumExp(rest))).toEqual(row(0, 0));
      expect(softmaxFrom(row(-1e9, -2e5), sumExp(rest))).toEqual(row(0, 0));
    }
  });

  it('of nothing', () => {
    expect(softmaxFrom(row(), pair(0, 0))).toEqual(row());
    const options = { shape: [2, 0] };
    expect(softmaxFrom(row(), sumExp(row(), options), options)).toEqual(row());
  });
});

describe('refused:', () => {
  const x = row(1, 2, 3, 4);
  const out = row(7, 7, 7, 7);
  const wrong: [unknown, string, RegExp][] = [
    [
      undefined,
      'ERR_INVALID_ARG_TYPE',
      /: expected an object with mantissa and exponent, received/,
    ],
    [null, 'ERR_INVALID_ARG_TYPE', /received null/],
    [3, 'ERR_INVALID_ARG_TYPE', /received 3/],
    [
      {},
      'ERR_INVALID_ARG_TYPE',
      /mantissa: expected a number or a Float64Array, received undefined/,
    ],
    [{ mantissa: 1 }, 'ERR_INVALID_ARG_TYPE', /exponent: expected a number, as the mantissa is/],
    [{ mantissa: '1', exponent: 0 }, 'ERR_INVALID_ARG_TYPE', /mantissa: .*received '1'/],
    [{ mantissa: 1, exponent: 0n }, 'ERR_INVALID_ARG_TYPE', /exponent: .*received 0n/],
    [{ mantissa: 1, exponent: Float64Array.of(0) }, 'ERR_INVALID_ARG_TYPE', /exponent: /],
    [{ mantissa: Float64Array.of(1), exponent: 0 }, 'ERR_INVALID_ARG_TYPE', /exponent: /],
    [{ mantissa: [1], exponent: [0] }, 'ERR_INVALID_ARG_TYPE', /mantissa: /],
    [{ mantissa: Float32Array.of(1), exponent: Float64Array.of(0) }, 'ERR_INVALID_ARG_TYPE', /: /],
    [
      { mantissa: Float64Array.of(1), exponent: Float64Array.of(0, 0) },
      'ERR_INVALID_ARG_VALUE',
      /exponent: expected 1 elements, as the mantissa has, received 2/,
    ],
    [
      pair(0.5, 0),
      'ERR_OUT_OF_RANGE',
      /mantissa: expected 0, NaN or within \[1, 2\), received 0.5/,
    ],
    [pair(2, 0), 'ERR_OUT_OF_RANGE', /received 2$/],
    [pair(-1, 0), 'ERR_OUT_OF_RANGE', /received -1$/],
    [pair(inf, 0), 'ERR_OUT_OF_RANGE', /received Infinity$/],
    [pair(1, 0.5), 'ERR_OUT_OF_RANGE', /exponent: expected an integer of at most 2\^32/],
    [pair(1, 2 ** 33), 'ERR_OUT_OF_RANGE', /received 8589934592$/],
    [pair(1, nan), 'ERR_OUT_OF_RANGE', /received NaN$/],
  ];
  it.each(wrong)('%o', (sum, code, message) => {
    expect(() => Reflect.apply(softmaxFrom, undefined, [x, sum, { out }])).toThrow(
      coded(code, new RegExp(`^sum.*${message.source}`)),
    );
    expect(() => Reflect.apply(mergeSumExp, undefined, [pair(1, 0), sum])).toThrow(
      coded(code, new RegExp(`^sums\\[1\\].*${message.source}`)),
    );
    expect(out).toEqual(row(7, 7, 7, 7));
  });

  it('detached sums, sums of other lengths or kinds', () => {
    const gone = { mantissa: Float64Array.of(1), exponent: Float64Array.of(0) };
    structuredClone(gone.mantissa.buffer, { transfer: [gone.mantissa.buffer] });
    expect(() => softmaxFrom(x, gone)).toThrow(coded('ERR_INVALID_ARG_VALUE', /^sum\.mantissa: /));
    const two = sumExp(x, { shape: [2, 2] });
    expect(() => softmaxFrom(x, two)).toThrow(
      coded('ERR_INVALID_ARG_VALUE', /^sum: expected one value per row, 1 in all, received 2$/),
    );
    expect(() => softmaxFrom(x, pair(1, 0), { shape: [2, 2] })).toThrow(
      /^sum: .* 2 in all, received 1/,
    );
    expect(() => mergeSumExp(pair(1, 0), two as never)).toThrow(/^sums\[1\]: expected two numbers/);
    expect(() => mergeSumExp(two, sumExp(x, { shape: [4, 1] }))).toThrow(
      /^sums\[1\]: expected two of 2 elements/,
    );
  });

  it('an adaptive temperature, which a part of a row cannot know', () => {
    const options = { temperature: 'adaptive' } as never;
    const expected = coded('ERR_INVALID_ARG_VALUE', /^options\.temperature: expected a number, /);
    expect(() => sumExp(x, options)).toThrow(expected);
    expect(() => softmaxFrom(x, pair(1, 0), options)).toThrow(expected);
  });
});
