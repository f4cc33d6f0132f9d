// SPDX-License-Identifier: MIT
// What sample() takes, calls and refuses.
import { describe, expect, it } from 'vitest';
import { binding, Status } from '../../lib/binding.js';
import { sample } from '../../lib/index.js';
import { numbersOf } from './numbers.js';
import { logits } from './reference.js';

const masked = Number.NEGATIVE_INFINITY;

describe('random', () => {
  it('is called once per row, in order', () => {
    const x = new Float32Array(12);
    const numbers = [0.9, 0.1, 0.6];
    let calls = 0;
    const random = (...given: readonly unknown[]) => {
      expect(given).toEqual([]);
      return numbers[calls++] as number;
    };
    expect([...sample(x, { shape: [3, 4], random }).index]).toEqual([3, 0, 2]);
    expect(calls).toBe(3);
  });

  it('may not take the input away', () => {
    const x = logits(100);
    const random = () => {
      structuredClone(x.buffer, { transfer: [x.buffer] });
      return 0.5;
    };
    expect(() => sample(x, { random })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
  });

  it('may draw by itself', () => {
    const [x, other] = [logits(20), logits(7, 3)];
    const within: unknown[] = [];
    const random = () => {
      within.push(sample(other, { random: () => 0.1 }));
      return 0.9;
    };
    expect(sample(x, { random })).toEqual(sample(x, { random: () => 0.9 }));
    expect(within).toEqual([sample(other, { random: () => 0.1 })]);
  });

  it('passes on what it throws', () => {
    const error = new Error('no more numbers');
    const random = () => {
      throw error;
    };
    expect(() => sample(logits(5), { random })).toThrow(error);
  });
});

describe('refuses', () => {
  const x = logits(6);
  const row = (...values: readonly number[]) => Float32Array.from(values);
  const call = (...parameters: readonly unknown[]) => Reflect.apply(sample, undefined, parameters);
  const shape = [3, 2];

  it.each([
    [row(1, Number.NaN, 2), {}, 0],
    [row(1, Number.POSITIVE_INFINITY, 2), {}, 0],
    [row(masked, masked), {}, 0],
    [row(masked, Number.NaN), {}, 0],
    [row(), {}, 0],
    [row(), { shape: [2 ** 52, 0] }, 0],
    [row(1, 2, Number.NaN, 2, masked, masked), { shape }, 1],
    [row(1, 2, 1, 2, masked, masked), { shape }, 2],
    [row(1, 2, masked, 1, 2, masked), { shape: [2, 3], axis: 0 }, 2],
  ])('%o with %o: row %i has no distribution', (input, options, which) => {
    const kinds = [{}, { topK: 1 }, { topP: 0.9 }, { minP: 0.1 }, { temperature: 0 }];
    for (const filters of kinds) {
      expect(() => call(input, { ...filters, ...options })).toThrow(
        expect.objectContaining({
          code: 'ERR_OUT_OF_RANGE',
          message: expect.stringMatching(`^input: .*row ${which}$`),
        }),
      );
    }
  });

  it('a NaN far behind the largest logits', () => {
    const long = logits(9000);
    long[8000] = Number.NaN;
    for (const filters of [{ topK: 1 }, { topK: 50, topP: 0.9 }, { topP: 0.9 }, {}]) {
      expect(() => sample(long, filters)).toThrow(/row 0$/);
    }
  });

  it.each([
    [{ temperature: -1 }, 'ERR_OUT_OF_RANGE', 'options.temperature'],
    [{ temperature: Number.NaN }, 'ERR_OUT_OF_RANGE', 'options.temperature'],
    [{ temperature: '0' }, 'ERR_INVALID_ARG_VALUE', 'options.temperature'],
    [{ topK: -1 }, 'ERR_OUT_OF_RANGE', 'options.topK'],
    [{ topK: 1.5 }, 'ERR_OUT_OF_RANGE', 'options.topK'],
    [{ topK: '5' }, 'ERR_INVALID_ARG_TYPE', 'options.topK'],
    [{ topP: 0 }, 'ERR_OUT_OF_RANGE', 'options.topP'],
    [{ topP: 1.1 }, 'ERR_OUT_OF_RANGE', 'options.topP'],
    [{ topP: Number.NaN }, 'ERR_OUT_OF_RANGE', 'options.topP'],
    [{ topP: null }, 'ERR_INVALID_ARG_TYPE', 'options.topP'],
    [{ minP: -0.1 }, 'ERR_OUT_OF_RANGE', 'options.minP'],
    [{ minP: 1.1 }, 'ERR_OUT_OF_RANGE', 'options.minP'],
    [{ minP: true }, 'ERR_INVALID_ARG_TYPE', 'options.minP'],
    [{ seed: -1 }, 'ERR_OUT_OF_RANGE', 'options.seed'],
    [{ seed: 2 ** 53 }, 'ERR_OUT_OF_RANGE', 'options.seed'],
    [{ seed: 0.5 }, 'ERR_OUT_OF_RANGE', 'options.seed'],
    [{ seed: 1n }, 'ERR_INVALID_ARG_TYPE', 'options.seed'],
    [{ random: 0.5 }, 'ERR_INVALID_ARG_TYPE', 'options.random'],
    [{ random: () => 1 }, 'ERR_OUT_OF_RANGE', 'options.random'],
    [{ random: () => -0.1 }, 'ERR_OUT_OF_RANGE', 'options.random'],
    [{ random: () => Number.NaN }, 'ERR_OUT_OF_RANGE', 'options.random'],
    [{ random: () => '0.5' }, 'ERR_INVALID_ARG_TYPE', 'options.random'],
    [{ random: Math.random, seed: 1 }, 'ERR_INVALID_ARG_VALUE', 'options.random'],
    [{ fullyMasked: 'zeros' }, 'ERR_INVALID_ARG_VALUE', 'options'],
    [{ out: x }, 'ERR_INVALID_ARG_VALUE', 'options'],
    [{ isa: process.arch === 'arm64' ? 'avx2' : 'neon' }, 'ERR_ISA_UNSUPPORTED', 'options.isa'],
  ])('%o with %s', (options, code, argument) => {
    expect(() => call(x, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(`^${argument}: `) }),
    );
  });
});

describe('the native function trusts nothing', () => {
  const x = logits(12);
  const right = { outer: 3, n: 4, topK: 2, topP: 0.9, minP: 0.1, seed: 7 };
  const good: readonly unknown[] = [
    ...[x, numbersOf(right), new Uint32Array(3), new Float64Array(3), new Float64Array(3)],
    new Float64Array(3),
  ];
  const call = (parameters: readonly unknown[]) =>
    Reflect.apply(binding.sample, undefined, parameters);

  it('takes what is right', () => {
    expect(call(good)).toBe(Status.ok);
    expect(call(good.with(-1, undefined))).toBe(Status.ok);
    expect(call(good.slice(0, -1))).toBe(Status.ok);
    const one = numbersOf({ ...right, outer: 1 });
    expect(call([x, one])).toBe(Status.ok);
    expect(one.subarray(-3)).not.toContain(7);
  });

  it.each([
    ['no input', 0, undefined],
    ['input too short', 0, logits(11)],
    ['no numbers', 1, undefined],
    ['numbers too few', 1, numbersOf(right).subarray(4)],
    ['indices too short', 2, new Uint32Array(2)],
    ['indices that are no array', 2, {}],
    ['probabilities too short', 3, new Float64Array(2)],
    ['probabilities of another type', 3, new Float32Array(3)],
    ['log-probabilities too short', 4, new Float64Array(2)],
    ['log-probabilities that are no array', 4, {}],
    ['random numbers too few', 5, new Float64Array(2)],
    ['random numbers of another type', 5, new Float32Array(3)],
    ['random numbers that are no array', 5, null],
  ])('%s', (_, place, value) => {
    expect(call(good.with(place, value))).toBe(Status.badArgument);
  });

  it.each([
    { dtype: 3 },
    { n: 0 },
    { outer: 4 },
    { outer: 2 ** 53 - 1 },
    { topK: -1 },
    { topK: 1.5 },
    { topK: Number.NaN },
    { topP: 1.5 },
    { topP: Number.NaN },
    { minP: -0.5 },
    { minP: Number.NaN },
    { seed: -1 },
    { seed: 2 ** 60 },
  ])('%o', (wrong) => {
    expect(call(good.with(1, numbersOf({ ...right, ...wrong })))).toBe(Status.badArgument);
    expect(call([logits(4), numbersOf({ ...right, outer: 1, ...wrong })])).toBe(Status.badArgument);
  });

  it('has room behind the numbers for one row', () => {
    const one = numbersOf({ ...right, outer: 1 });
    for (let missing = 1; missing <= 3; missing++) {
      expect(call([x, one.subarray(0, -missing)])).toBe(Status.badArgument);
    }
    for (const several of [right, { outer: 2, n: 4 }, { n: 4, inner: 3 }, { n: 13 }]) {
      const numbers = numbersOf(several);
      expect(call([x, numbers])).toBe(Status.badArgument);
      expect(numbers).toEqual(numbersOf(several));
    }
    for (const value of [undefined, null, {}, new Proxy(one, {}), new ArrayBuffer(200)]) {
      expect(call([x, value])).toBe(Status.badArgument);
      expect(call([value, one])).toBe(Status.badArgument);
    }
    expect(call([x])).toBe(Status.badArgument);
    expect(call([])).toBe(Status.badArgument);
  });

  it('nor random numbers outside [0, 1)', () => {
    const index = good[2] as Uint32Array;
    for (const u of [Number.NaN, -1, 1, 2, Number.POSITIVE_INFINITY]) {
      expect(call(good.with(-1, new Float64Array(3).fill(u)))).toBe(Status.ok);
      expect(index.every((i) => i < 4)).toBe(true);
      const one = numbersOf({ n: 4, uniform: u });
      expect(call([x, one])).toBe(Status.ok);
      expect(one.at(-3)).toBeLessThan(4);
    }
  });
});
