// SPDX-License-Identifier: MIT
// Every call on every kind of array. test/native has each bit pattern, isa and layout.
import { describe, expect, it } from 'vitest';
import {
  type Bits,
  cpu,
  entropy,
  type FixedMapOptions,
  type FixedRowOptions,
  type Logits,
  logSoftmax,
  logSumExp,
  mergeSumExp,
  type RowOptions,
  sample,
  softmax,
  softmaxFrom,
  stableMax,
  sumExp,
  topK,
} from '../../lib/index.js';
import { algorithms } from '../../lib/types.js';
import { decode, encode } from './halves.js';
import { logits, sameBits } from './reference.js';

interface MapCall {
  (input: Float32Array, options?: FixedMapOptions<Float32Array>): Float32Array;
  (input: Float64Array, options?: FixedMapOptions<Float64Array>): Float64Array;
  (input: number[], options?: FixedMapOptions<number[]>): number[];
  (input: Uint16Array, options: FixedMapOptions<Uint16Array> & Bits): Uint16Array;
  (input: Uint16Array, options: FixedMapOptions<Float32Array> & Bits): Float32Array;
}
type ValueCall = (input: Logits, options?: RowOptions) => number | Float64Array;

const { isas } = cpu();
const maps: Record<string, MapCall> = { softmax, logSoftmax, stableMax };
const values: Record<string, ValueCall> = { logSumExp, entropy };
const cases: readonly (FixedRowOptions & { readonly length: number })[] = [
  { length: 1 },
  { length: 37 },
  { length: 3000, threads: 2 },
  { length: 3000, shape: [3, 1000] },
  { length: 3000, shape: [5, 30, 20], axis: 1 },
  { length: 2400, shape: [2, 1200], axis: 0 },
  { length: 37, temperature: 0.7 },
];
const float64 = (length: number) =>
  Float64Array.from(logits(length, 30), (x, i) => x + 1e-9 * (i % 7));

/** Where the runtime has it. */
interface Float16Constructor {
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): Uint16Array;
}
const { Float16Array } = globalThis as { Float16Array?: Float16Constructor };

describe.each(Object.entries(maps))('%s', (_, map) => {
  it.each(cases)('of a Float64Array with %o', ({ length, ...options }) => {
    const x = float64(length);
    const y = map(x, options);
    expect(y).toBeInstanceOf(Float64Array);
    expect(y.length).toBe(length);
    const rough = map(Float32Array.from(x), options);
    for (const [i, value] of y.entries()) expect(value).toBeCloseTo(rough[i] as number, 4);
    for (const isa of isas) expect(sameBits(map(x, { ...options, isa }), y)).toBe(true);
    expect(map(x, { ...options, out: x })).toBe(x);
    expect(sameBits(x, y)).toBe(true);
  });

  it.each(cases)('of a number[] with %o', ({ length, ...options }) => {
    const x = [...float64(length)];
    const y = map(x, options);
    expect(y).toEqual([...map(float64(length), options)]);
    const out = new Array<number>(length).fill(7);
    expect(map(x, { ...options, out })).toBe(out);
    expect(out).toEqual(y);
    expect(x).toEqual([...float64(length)]);
    map(x, { ...options, out: x });
    expect(x).toEqual(y);
  });

  it.each(cases)('of halves with %o', ({ length, ...options }) => {
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const x = encode(dtype, logits(length, 12));
      const wanted = map(decode(dtype, x), options);
      const y = map(x, { ...options, dtype });
      expect(y).toBeInstanceOf(Uint16Array);
      expect(y).toEqual(encode(dtype, wanted));
      const floats = new Float32Array(length);
      expect(map(x, { ...options, dtype, out: floats })).toBe(floats);
      expect(sameBits(floats, wanted)).toBe(true);
      for (const isa of isas) expect(map(x, { ...options, dtype, isa })).toEqual(y);
      expect(map(x, { ...options, dtype, out: x })).toBe(x);
      expect(x).toEqual(y);
    }
  });

  it('of a Float16Array, where there is one', () => {
    if (Float16Array === undefined) return expect(process.versions.node < '24').toBe(true);
    const bits = encode('float16', logits(100, 12));
    const x = new Float16Array(bits.buffer);
    const map16 = map as unknown as (input: Uint16Array, options?: object) => Uint16Array;
    const y = map16(x);
    expect(y).toBeInstanceOf(Float16Array);
    expect(new Uint16Array(y.buffer)).toEqual(map(bits, { dtype: 'float16' }));
    expect(map16(x, { dtype: 'float16' })).toEqual(y);
    const floats = new Float32Array(100);
    expect(map16(x, { out: floats })).toBe(floats);
    expect(map16(x, { out: x })).toBe(x);
    expect(sameBits(x, y)).toBe(true);
    const wrong = /^options.dtype: expected nothing beside a Float16Array, received 'bfloat16'/;
    expect(() => map16(x, { dtype: 'bfloat16' })).toThrow(wrong);
  });

  it('of views and shared memory', () => {
    const buffer = new SharedArrayBuffer(8 * 40);
    const x = new Float64Array(buffer, 16, 30);
    x.set(float64(30));
    expect(map(x)).toEqual(map(float64(30)));
    const half = new Uint16Array(buffer, 2, 11).fill(0x3c00);
    expect(map(half, { dtype: 'float16' })).toEqual(
      map(new Uint16Array(11).fill(0x3c00), { dtype: 'float16' }),
    );
  });

  it('of nothing', () => {
    expect(map(new Float64Array(0))).toEqual(new Float64Array(0));
    expect(map([])).toEqual([]);
    expect(map(new Uint16Array(0), { dtype: 'bfloat16' })).toEqual(new Uint16Array(0));
  });
});

describe.each(Object.entries(values))('%s', (_, value) => {
  it.each(cases)('with %o', ({ length, ...options }) => {
    const x = float64(length);
    const y = value(x, options);
    for (const isa of isas) expect(value(x, { ...options, isa })).toEqual(y);
    expect(value([...x], options)).toEqual(y);
    const rough = value(Float32Array.from(x), options);
    const numbers = (one: number | Float64Array) => (typeof one === 'number' ? [one] : [...one]);
    for (const [i, exact] of numbers(y).entries()) {
      expect(exact).toBeCloseTo(numbers(rough)[i] as number, 4);
    }
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const half = encode(dtype, logits(length, 12));
      expect(value(half, { ...options, dtype })).toEqual(value(decode(dtype, half), options));
    }
  });
});

describe('shards', () => {
  it.each(cases)('with %o', ({ length, ...options }) => {
    const x = float64(length);
    const sum = sumExp(x, options);
    expect(sameBits(softmaxFrom(x, sum, options), softmax(x, options))).toBe(true);
    expect(sumExp([...x], options)).toEqual(sum);
    expect(softmaxFrom([...x], sum, options)).toEqual([...softmax(x, options)]);
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const half = encode(dtype, logits(length, 12));
      const halfSum = sumExp(half, { ...options, dtype });
      expect(halfSum).toEqual(sumExp(decode(dtype, half), options));
      const whole = softmax(half, { ...options, dtype });
      expect(softmaxFrom(half, halfSum, { ...options, dtype })).toEqual(whole);
    }
  });
});

it('shards of float64 agree with the undivided row', () => {
  const x = float64(5000);
  const whole = softmax(x);
  const parts = [0, 1700, 3400].map((at) => x.subarray(at, at + 1700));
  const sum = mergeSumExp(...parts.map((part) => sumExp(part)));
  const merged = parts.flatMap((part) => [...softmaxFrom(part, sum)]);
  for (const [i, p] of merged.entries()) {
    expect(Math.abs(p / (whole[i] as number) - 1)).toBeLessThanOrEqual(2 * 2 ** -52);
  }
});

describe('topK and sample', () => {
  const options = { shape: [3, 2000], temperature: 0.7 };
  const x = float64(6000);

  it.each([1, 5, 700, 2000])('%i of float64: the head of the sorted softmax', (k) => {
    const y = softmax(x, options);
    for (const isa of isas) {
      const { indices, probabilities } = topK(x, k, { ...options, isa });
      for (const row of [0, 1, 2]) {
        const at = (i: number) => 2000 * row + i;
        const order = Array.from({ length: 2000 }, (_, i) => i)
          .sort((a, b) => (x[at(b)] as number) - (x[at(a)] as number) || a - b)
          .slice(0, k);
        expect([...indices.subarray(k * row, k * (row + 1))]).toEqual(order);
        expect([...probabilities.subarray(k * row, k * (row + 1))]).toEqual(
          order.map((i) => y[at(i)]),
        );
      }
    }
    expect(topK([...x], k, options)).toEqual({
      indices: topK(x, k, options).indices,
      probabilities: [...topK(x, k, options).probabilities],
    });
  });

  it('of float64: ties, masks, NaN, along an inner axis', () => {
    const masked = Number.NEGATIVE_INFINITY;
    const few = Float64Array.of(masked, 1, masked, 1, masked);
    expect([...topK(few, 4).indices]).toEqual([1, 3, 0, 2]);
    expect([...topK(few, 4).probabilities]).toEqual([0.5, 0.5, 0, 0]);
    few[4] = Number.NaN;
    expect([...topK(few, 2).indices]).toEqual([0, 1]);
    expect([...topK(few, 2).probabilities]).toEqual([Number.NaN, Number.NaN]);
    const columns = Float64Array.of(1, 5, 3, 2, 2, 4);
    expect(topK(columns, 1, { shape: [3, 2], axis: 0 }).indices).toEqual(Uint32Array.of(1, 0));
  });

  it('of halves: those of the same floats', () => {
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const half = encode(dtype, logits(600, 12));
      const floats = decode(dtype, half);
      const wanted = topK(floats, 7, { shape: [2, 300] });
      const got = topK(half, 7, { shape: [2, 300], dtype });
      expect(got.indices).toEqual(wanted.indices);
      expect(got.probabilities).toEqual(encode(dtype, wanted.probabilities));
      for (const filters of [{}, { topK: 9 }, { topP: 0.8 }, { minP: 0.1 }]) {
        const drawn = sample(half, { ...filters, dtype, seed: 3, temperature: 'adaptive' });
        expect(drawn).toEqual(sample(floats, { ...filters, seed: 3, temperature: 'adaptive' }));
      }
    }
  });

  // Logits that float32 holds: the same order, and close probabilities.
  it.each([{}, { topK: 20 }, { topP: 0.7 }, { minP: 0.05 }, { topK: 30, topP: 0.9, minP: 0.01 }])(
    'sample of float64 with %o draws as of float32',
    (filters) => {
      const floats = logits(3000, 6);
      const doubles = Float64Array.from(floats);
      for (let u = 0.0005; u < 1; u += 0.01) {
        const random = () => u;
        const drawn = sample(doubles, { ...filters, random });
        const rough = sample(floats, { ...filters, random });
        expect(drawn.index).toBe(rough.index);
        expect(Math.abs(drawn.probability / rough.probability - 1)).toBeLessThan(1e-6);
        expect(Math.abs(Math.exp(drawn.logProbability) / drawn.probability - 1)).toBeLessThan(
          1e-14,
        );
        for (const isa of isas) expect(sample(doubles, { ...filters, random, isa })).toEqual(drawn);
        expect(sample([...doubles], { ...filters, random })).toEqual(drawn);
      }
    },
  );

  it('sample of float64 refuses a row without a distribution', () => {
    for (const row of [[Number.NaN, 1], [Infinity], [-Infinity, -Infinity]]) {
      for (const filters of [{}, { topK: 1 }, { topP: 0.5 }]) {
        expect(() => sample(row, filters)).toThrow(/^input: .* row 0$/);
      }
    }
    expect(sample([-1e300, Number.NEGATIVE_INFINITY]).index).toBe(0);
    expect(sample([1e308, 1.1e308], { temperature: 0 }).index).toBe(1);
  });
});

describe('options', () => {
  const call =
    (f: unknown, ...parameters: readonly unknown[]) =>
    () =>
      Reflect.apply(f as MapCall, undefined, parameters);
  const bits = Uint16Array.of(0x3c00, 0x4000);

  it.each([
    [bits, undefined, 'ERR_INVALID_ARG_VALUE', 'options.dtype', "'float16' or 'bfloat16' beside"],
    [bits, {}, 'ERR_INVALID_ARG_VALUE', 'options.dtype', "'float16' or 'bfloat16' beside"],
    [bits, { dtype: 'float32' }, 'ERR_INVALID_ARG_VALUE', 'options.dtype', "'float16' or"],
    [bits, { dtype: 16 }, 'ERR_INVALID_ARG_TYPE', 'options.dtype', "'float16' or"],
    [Float64Array.of(1), { dtype: 'float16' }, 'ERR_INVALID_ARG_VALUE', 'options.dtype', 'nothing'],
    [Float32Array.of(1), { dtype: 'bfloat16' }, 'ERR_INVALID_ARG_VALUE', 'options.dtype', 'nothin'],
    [[1], { dtype: 'float16' }, 'ERR_INVALID_ARG_VALUE', 'options.dtype', 'nothing beside a num'],
    [[1, '2'], {}, 'ERR_INVALID_ARG_TYPE', 'input\\[1\\]', 'a number'],
    [[1, undefined], {}, 'ERR_INVALID_ARG_TYPE', 'input\\[1\\]', 'a number'],
    [new Array(3), {}, 'ERR_INVALID_ARG_TYPE', 'input\\[0\\]', 'a number'],
    [[1n], {}, 'ERR_INVALID_ARG_TYPE', 'input\\[0\\]', 'a number'],
    [
      [[1]],
      {},
      'ERR_INVALID_ARG_TYPE',
      'input\\[0\\]',
      'a number, received \\[Array\\] \\(options.shape',
    ],
    [new Proxy([1], {}), {}, 'ERR_INVALID_ARG_TYPE', 'input', 'one of'],
    [new Int16Array(2), {}, 'ERR_INVALID_ARG_TYPE', 'input', 'one of'],
  ])('%o with %o', (input, options, code, argument, expected) => {
    for (const f of [...Object.values(maps), ...Object.values(values), sumExp, sample]) {
      expect(call(f, input, options)).toThrow(
        expect.objectContaining({
          code,
          message: expect.stringMatching(`^${argument}: expected ${expected}`),
        }),
      );
    }
  });

  it.each([
    [Float64Array.of(1, 2), new Float32Array(2), undefined, 'ERR_INVALID_ARG_TYPE'],
    [Float32Array.of(1, 2), new Float64Array(2), undefined, 'ERR_INVALID_ARG_TYPE'],
    [Float64Array.of(1, 2), [1, 2], undefined, 'ERR_INVALID_ARG_TYPE'],
    [[1, 2], new Float64Array(2), undefined, 'ERR_INVALID_ARG_TYPE'],
    [[1, 2], [1], undefined, 'ERR_INVALID_ARG_VALUE'],
    [[1, 2], Object.freeze([1, 2]), undefined, 'ERR_INVALID_ARG_VALUE'],
    [bits, new Float64Array(2), 'float16', 'ERR_INVALID_ARG_TYPE'],
    [bits, [1, 2], 'float16', 'ERR_INVALID_ARG_TYPE'],
    [bits, new Float32Array(3), 'bfloat16', 'ERR_INVALID_ARG_VALUE'],
    [bits, new Uint16Array(1), 'bfloat16', 'ERR_INVALID_ARG_VALUE'],
  ])('%o into %o as %s', (input, out, dtype, code) => {
    for (const map of Object.values(maps)) {
      expect(call(map, input, { out, dtype })).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching('^options.out: ') }),
      );
    }
  });

  it('refuses an `out` of floats that shares the memory of halves', () => {
    const buffer = new ArrayBuffer(64);
    const half = new Uint16Array(buffer, 0, 8).fill(0x3c00);
    for (const offset of [0, 4, 12]) {
      const out = new Float32Array(buffer, offset, 8);
      expect(() => softmax(half, { dtype: 'float16', out })).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
      );
    }
    expect(softmax(half, { dtype: 'float16', out: new Float32Array(buffer, 16, 8) })[0]).toBe(
      0.125,
    );
  });

  it('refuses a published algorithm beside another type than float32', () => {
    for (const algorithm of algorithms.slice(3)) {
      for (const [x, dtype] of [
        [Float64Array.of(1, 2), undefined],
        [[1, 2], undefined],
        [bits, 'float16'],
        [bits, 'bfloat16'],
      ] as const) {
        expect(call(softmax, x, { algorithm, dtype })).toThrow(
          expect.objectContaining({
            code: 'ERR_INVALID_ARG_VALUE',
            message: expect.stringMatching('^options.algorithm: '),
          }),
        );
      }
    }
    for (const algorithm of algorithms.slice(0, 3)) {
      expect(softmax([1, 2], { algorithm })).toEqual(softmax([1, 2]));
    }
  });

  it('rounds the reciprocal of a temperature to the type of the arithmetic', () => {
    const tiny = { temperature: 1e-40 };
    expect(call(softmax, Float32Array.of(1), tiny)).toThrow(/^options.temperature: /);
    expect(call(softmax, bits, { ...tiny, dtype: 'float16' })).toThrow(/^options.temperature: /);
    expect([...softmax(Float64Array.of(1e-40, 2e-40), tiny)]).toEqual(softmax([1, 2]));
    expect(call(softmax, Float64Array.of(1), { temperature: 1e-310 })).toThrow(
      /^options.temperature: /,
    );
  });
});
