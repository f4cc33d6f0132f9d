// SPDX-License-Identifier: MIT
// The calls that have a short way into native code, for Float32Arrays and no option but `out`: they
// take it, and what comes out is what the long way gives.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { binding } from '../../lib/binding.js';
import {
  entropy,
  logSoftmax,
  logSumExp,
  softmax,
  stableMax,
  sumExp,
  topK,
} from '../../lib/index.js';
import { logits, sameBits } from './reference.js';

type Map = (input: unknown, options?: object) => Float32Array;
const maps = Object.entries({ softmax, logSoftmax, stableMax }) as unknown as [string, Map][];
const long = { threads: 1 };
const lengths = [1, 2, 15, 16, 17, 64, 1024, 1025, 5000];
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const rows = [
  ...lengths.map((n) => logits(n)),
  ...[
    [nan, 1],
    [inf, 1],
    [-inf, 1],
    [-inf, -inf],
    [3e38, -3e38],
  ].map((x) => Float32Array.from(x)),
];

/** What may hold properties and is no object of options. */
const others = (): object[] => [[], new Float32Array(0), () => {}];

afterEach(() => vi.restoreAllMocks());

describe.each(maps)('%s', (name, call) => {
  const spied = () => vi.spyOn(binding, name as 'softmax');

  it('has the same bits', () => {
    for (const x of rows) {
      const want = call(x, long);
      const out = new Float32Array(x.length);
      const spy = spied();
      expect(call(x, { out })).toBe(out);
      expect(spy.mock.calls).toEqual([[x, out]]);
      spy.mockRestore();
      expect(sameBits(out, want)).toBe(true);
      const own = x.slice();
      call(own, { out: own });
      expect(sameBits(own, want)).toBe(true);
    }
  });

  it('is not taken with more options, or other arrays', () => {
    const spy = spied();
    const x = logits(4);
    call(x);
    call(x, {});
    call(x, { out: undefined });
    call(x, { out: new Float32Array(4), temperature: 1 });
    call(new Float64Array(4), { out: new Float64Array(4) });
    call([1, 2, 3, 4], { out: [0, 0, 0, 0] });
    for (const parameters of spy.mock.calls) expect(parameters.length).toBeGreaterThan(2);
    expect(spy).toHaveBeenCalledTimes(6);
  });

  it('reads `out` once', () => {
    let reads = 0;
    const x = logits(4);
    const get = () => [new Float32Array(3), x][reads++];
    expect(() => call(x, Object.defineProperty({}, 'out', { get, enumerable: true }))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
    expect(reads).toBe(1);
  });

  it('has options in objects only', () => {
    for (const other of others()) {
      const options = Object.assign(other, { out: logits(4) });
      expect(() => call(logits(4), options)).toThrow('options: expected an object');
    }
  });

  it('refuses what the long way does, in its words', () => {
    const memory = new Float32Array(8);
    const detached = new Float32Array(4);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    for (const [x, out] of [
      [memory.subarray(0, 4), memory.subarray(1, 5)],
      [memory, new Float32Array(7)],
      [detached, detached],
      [memory, new Float64Array(8)],
      [new Float64Array(8), memory],
    ] as const) {
      const error = (options: object) => {
        try {
          return call(x, options);
        } catch (thrown) {
          return thrown;
        }
      };
      expect(error({ out, ...long })).toBeInstanceOf(Error);
      expect(error({ out })).toEqual(error({ out, ...long }));
    }
    const empty = new Float32Array(0);
    expect(call(empty, { out: empty })).toBe(empty);
  });
});

describe.each(Object.entries({ logSumExp, entropy }))('%s', (name, call) => {
  it('has the same bits', () => {
    for (const x of rows) {
      const want = call(x, long);
      const spy = vi.spyOn(binding, name as 'entropy');
      expect(call(x)).toBe(want);
      expect(spy.mock.calls).toEqual([[x, expect.any(Float64Array)]]);
      spy.mockRestore();
    }
  });

  it('is as the long way where there is nothing', () => {
    expect(call(new Float32Array(0))).toBe(call(new Float32Array(0), long));
    const detached = new Float32Array(4);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(() => call(detached)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
  });

  it('gives every call with a shape an array of its own', () => {
    const x = logits(8);
    const first = call(x, { shape: [8] });
    const kept = first.slice();
    call(logits(8, 3));
    call(logits(8, 3), { shape: [8] });
    expect(first).toEqual(kept);
    expect(kept).toEqual(Float64Array.of(call(x)));
  });
});

describe('sumExp', () => {
  it('has the same bits', () => {
    for (const x of rows) {
      if (x.includes(Math.fround(3e38))) continue; // too large
      const want = sumExp(x, long);
      const spy = vi.spyOn(binding, 'sumExp');
      expect(sumExp(x)).toEqual(want);
      expect(spy.mock.calls).toEqual([[x, expect.any(Float64Array), expect.any(Float64Array)]]);
      spy.mockRestore();
    }
  });

  it('is as the long way where there is nothing, or too much', () => {
    sumExp(logits(4)); // what is kept is not nothing
    expect(sumExp(new Float32Array(0))).toEqual({ mantissa: 0, exponent: 0 });
    expect(sumExp(new Float32Array(0), long)).toEqual({ mantissa: 0, exponent: 0 });
    expect(sumExp(new Float32Array(0), { shape: [2, 0] }).mantissa).toEqual(new Float64Array(2));
    expect(() => sumExp(Float32Array.of(1e38, -1e38))).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }),
    );
  });

  it('gives every call with a shape arrays of its own', () => {
    const x = logits(8);
    const first = sumExp(x, { shape: [8] });
    const { mantissa, exponent } = sumExp(x);
    sumExp(logits(8, 3), { shape: [8] });
    sumExp(logits(8, 3));
    expect(first).toEqual({
      mantissa: Float64Array.of(mantissa),
      exponent: Float64Array.of(exponent),
    });
  });
});

describe('topK', () => {
  const longest = { ...long, temperature: 1 }; // `threads` alone go the short way

  it('has the same bits, in arrays of its own', () => {
    for (const x of rows) {
      const k = Math.min(x.length, 16);
      const want = topK(x, k, longest);
      const spy = vi.spyOn(binding, 'topK');
      const found = topK(x, k);
      expect(spy.mock.calls).toEqual([[x, expect.any(Uint32Array), expect.any(Float32Array), k]]);
      spy.mockRestore();
      topK(logits(x.length, 5), k);
      expect(found.indices).toEqual(want.indices);
      expect(sameBits(found.probabilities, want.probabilities)).toBe(true);
    }
  });

  it('refuses what the long way does, in its words', () => {
    const detached = new Float32Array(4);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const calls: [Float32Array, unknown][] = [
      ...[0, 5, 1.5, -1, Number.NaN, '2', 'length', undefined].map((k): [Float32Array, unknown] => [
        logits(4),
        k,
      ]),
      [new Float32Array(0), 1],
      [detached, 1],
    ];
    for (const [x, k] of calls) {
      const error = (options?: object) => {
        try {
          return topK(x, k as number, options);
        } catch (thrown) {
          return thrown;
        }
      };
      expect(error(longest)).toBeInstanceOf(Error);
      expect(error()).toEqual(error(longest));
      expect(error(long)).toEqual(error(longest));
    }
  });

  it('has options in objects only', () => {
    for (const other of others()) {
      for (const threads of [1, 0]) {
        const options = Object.assign(other, { threads });
        expect(() => topK(logits(4), 2, options)).toThrow('options: expected an object');
      }
    }
  });
});
