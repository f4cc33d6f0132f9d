// SPDX-License-Identifier: MIT
// What the native functions make of arguments that no caller in TypeScript gives them.
import { describe, expect, it } from 'vitest';
import { binding, Status } from '../../lib/binding.js';
import { elements } from '../../lib/dtypes.js';
import { algorithms, isas } from '../../lib/types.js';
import { logits } from './reference.js';

describe('the native function trusts nothing', () => {
  const x = logits(12);
  const good = [0, 1, 12, 1, 1, 0, -1, 0, 0] as const;
  const call = (input: unknown, output: unknown, ...rest: unknown[]) =>
    Reflect.apply(binding.softmax, undefined, [input, output, ...rest]);

  it('computes when all is well', () => {
    expect(call(x, new Float32Array(12))).toBe(Status.ok);
    expect(call(x, new Float32Array(12), ...good)).toBe(Status.ok);
    expect(call(x, new Float32Array(12), 0, 3, 2, 2, ...good.slice(4))).toBe(Status.ok);
    expect(call(x, new Float32Array(12), 0, 1, 4, 1, ...good.slice(4))).toBe(Status.ok);
    expect(call(new Float32Array(0), new Float32Array(0), 0, 0, 0, 0, ...good.slice(4))).toBe(
      Status.ok,
    );
  });

  const detached = new Float32Array(12);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const values = [
    undefined,
    null,
    1,
    'x',
    {},
    [],
    new ArrayBuffer(48),
    new DataView(new ArrayBuffer(48)),
    new Uint8Array(48),
    new Int32Array(12),
    new Uint32Array(12),
    new Float64Array(12),
    Buffer.alloc(48),
    new Proxy(new Float32Array(12), {}),
    Object.create(Float32Array.prototype),
    new Float32Array(11),
    detached,
  ];

  it.each(values.map((value) => [value]))('array %o', (value) => {
    const out = new Float32Array(12).fill(7);
    expect(call(value, out, ...good)).toBe(Status.badArgument);
    expect(call(x, value, ...good)).toBe(Status.badArgument);
    // The short form goes by length alone: the type of a view is softmax()'s to check.
    if (!ArrayBuffer.isView(value) || value.byteLength !== 48) {
      expect(call(value, out)).toBe(Status.badArgument);
      expect(call(x, value)).toBe(Status.badArgument);
    }
    expect(out).toEqual(new Float32Array(12).fill(7));
  });

  const wrong = [
    undefined,
    null,
    '1',
    {},
    1n,
    true,
    Number.NaN,
    -1.5,
    0.5,
    -2,
    2 ** 64,
    1e300,
    Infinity,
  ];
  const arguments_ = [
    'dtype',
    'outer',
    'n',
    'inner',
    'scale',
    'zeros',
    'isa',
    'threads',
    'algorithm',
  ];
  const cases = arguments_.flatMap((name, index) =>
    wrong
      .filter((value) => !(name === 'scale' && (value === 0.5 || value === 2 ** 64)))
      .map((value) => ({ name, index, value })),
  );
  it.each(cases)('$name $value', ({ index, value }) => {
    const out = new Float32Array(12).fill(7);
    const rest = good.map((right, i) => (i === index ? value : right));
    expect(call(x, out, ...rest)).toBe(Status.badArgument);
    expect(out).toEqual(new Float32Array(12).fill(7));
  });

  it.each([
    [1, 13, 1],
    [13, 1, 1],
    [1, 1, 13],
    [2, 7, 1],
    [2 ** 32, 2 ** 32, 1],
    [2 ** 32, 1, 2 ** 32],
    [2 ** 53, 2 ** 11, 1],
    [1, 2 ** 53, 2 ** 53],
    [2 ** 22, 2 ** 21, 2 ** 21],
  ])('sizes %i x %i x %i', (outer, n, inner) => {
    const out = new Float32Array(12).fill(7);
    expect(call(x, out, 0, outer, n, inner, ...good.slice(4))).toBe(Status.badArgument);
    expect(out).toEqual(new Float32Array(12).fill(7));
  });

  it.each([
    ['dtype', [elements.length, 1, 12, 1, 1, 0, -1, 0, 0]],
    ['isa', [0, 1, 12, 1, 1, 0, isas.length, 0, 0]],
    ['algorithm', [0, 1, 12, 1, 1, 0, -1, 0, algorithms.length]],
    ['zeros', [0, 1, 12, 1, 1, 2, -1, 0, 0]],
    ['scale', [0, 1, 12, 1, -1, 0, -1, 0, 0]],
    ['scale', [0, 1, 12, 1, 1e-60, 0, -1, 0, 0]],
    ['scale', [0, 1, 12, 1, 1e39, 0, -1, 0, 0]],
    ['threads', [0, 1, 12, 1, 1, 0, -1, 2 ** 32, 0]],
  ])('%s out of range', (_, rest) => {
    expect(call(x, new Float32Array(12), ...rest)).toBe(Status.badArgument);
  });

  it('does not need all arguments', () => {
    expect(call(undefined, undefined)).toBe(Status.badArgument);
    for (let count = 1; count < good.length; count++) {
      expect(call(x, new Float32Array(12), ...good.slice(0, count))).toBe(Status.badArgument);
    }
  });

  it('finds overlap', () => {
    const memory = new Float32Array(30);
    for (const shift of [1, 5, 11]) {
      const low = memory.subarray(0, 12);
      const high = memory.subarray(shift, shift + 12);
      expect(call(low, high)).toBe(Status.overlap);
      expect(call(high, low)).toBe(Status.overlap);
      expect(call(low, high, ...good)).toBe(Status.overlap);
    }
    expect(call(memory.subarray(0, 12), memory.subarray(12, 24))).toBe(Status.ok);
    expect(call(memory.subarray(12, 24), memory.subarray(0, 12))).toBe(Status.ok);
    expect(call(memory.subarray(3, 15), memory.subarray(3, 15))).toBe(Status.ok);
  });
});

describe('the native functions on one row trust nothing', () => {
  const detached = new Float32Array(12);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const nothing = [undefined, null, 1, {}, [1], new ArrayBuffer(48), new Float32Array(0), detached];
  const results = {
    softmax: new Float32Array(12),
    logSoftmax: new Float32Array(12),
    stableMax: new Float32Array(12),
    logSumExp: new Float64Array(1),
    entropy: new Float64Array(1),
  };

  it.each(Object.entries(results))('%s', (name, result) => {
    const call = (...values: unknown[]) =>
      Reflect.apply(binding[name as keyof typeof results], undefined, values);
    result.fill(7);
    for (const value of nothing) {
      expect(call(value, result)).toBe(Status.badArgument);
      expect(call(logits(12), value)).toBe(Status.badArgument);
      expect(call(value)).toBe(Status.badArgument);
    }
    if (result instanceof Float32Array) {
      expect(call(logits(11), result)).toBe(Status.badArgument);
      expect(call(logits(13), result)).toBe(Status.badArgument);
    } else {
      expect(call(logits(12), new Float32Array(12))).toBe(Status.badArgument);
      expect(call(new Float32Array(result.buffer), result)).toBe(Status.badArgument);
    }
    expect(result).toEqual(result.slice().fill(7));
    expect(call(logits(12), result)).toBe(Status.ok);
    expect(result).not.toContain(7);
  });

  it.each([
    ['sumExp', [new Float64Array(1), new Float64Array(1)]],
    ['topK', [new Uint32Array(2), new Float32Array(2), 2]],
  ] as const)('%s', (name, results) => {
    const right: readonly unknown[] = [logits(12), ...results];
    const call = (values: readonly unknown[]) => Reflect.apply(binding[name], undefined, values);
    for (const at of right.keys()) {
      for (const value of nothing) {
        if (at === 3 && value === 1) continue; // a good k
        expect(call(right.with(at, value))).toBe(Status.badArgument);
      }
      expect(call(right.slice(0, at))).toBe(Status.badArgument);
    }
    for (const k of [0, 3, 1.5, -1]) {
      if (name === 'topK') expect(call(right.with(3, k))).toBe(Status.badArgument);
    }
    expect(call(right)).toBe(Status.ok);
  });
});

describe('the native functions on rows trust nothing', () => {
  const rows = [0, 3, 4, 1, 1, 0, -1, 0] as const;
  const floats = (n: number) => new Float32Array(n);
  const doubles = (n: number) => new Float64Array(n);
  const calls: [keyof typeof binding, () => unknown[]][] = [
    ['logSoftmax', () => [logits(12), floats(12)]],
    ['stableMax', () => [logits(12), floats(12)]],
    ['logSumExp', () => [logits(12), doubles(3)]],
    ['entropy', () => [logits(12), doubles(3)]],
    ['sumExp', () => [logits(12), doubles(3), doubles(3)]],
    ['softmaxFrom', () => [logits(12), floats(12), doubles(3).fill(1), doubles(3)]],
  ];

  describe.each(calls)('%s', (name, arrays) => {
    const call = (...values: unknown[]) =>
      Reflect.apply(binding[name] as () => number, undefined, values);

    it('computes when all is well', () => {
      expect(call(...arrays(), ...rows)).toBe(Status.ok);
      expect(call(...arrays(), 0, 1, 4, 3, ...rows.slice(4))).toBe(Status.ok);
      expect(call(...arrays(), 0, 0, 4, 3, ...rows.slice(4))).toBe(Status.ok);
      expect(call(...arrays(), 0, 3, 0, 1, ...rows.slice(4))).toBe(Status.ok);
    });

    it('refuses other arrays', () => {
      const other = [
        undefined,
        null,
        1,
        {},
        [1],
        new Int32Array(12),
        new DataView(new ArrayBuffer(96)),
      ];
      for (const at of arrays().keys()) {
        const right = arrays()[at] as Float32Array | Float64Array;
        const kinds = [right.subarray(1), right instanceof Float32Array ? doubles(12) : floats(12)];
        for (const value of [...other, ...kinds, new Proxy(right, {})]) {
          const values = arrays().map((array, i) => (i === at ? value : array));
          expect(call(...values, ...rows)).toBe(Status.badArgument);
        }
      }
    });

    it('refuses other numbers', () => {
      for (const at of rows.keys()) {
        for (const value of [undefined, null, '1', 1n, Number.NaN, -2, 1e300, Infinity]) {
          const values = rows.map((right, i) => (i === at ? value : right));
          expect(call(...arrays(), ...values)).toBe(Status.badArgument);
        }
        // Arrays and no more are a call of their own.
        if (at === 0 && name !== 'softmaxFrom') continue;
        expect(call(...arrays(), ...rows.slice(0, at))).toBe(Status.badArgument);
      }
      for (const sizes of [
        [4, 4, 1],
        [3, 5, 1],
        [3, 4, 2],
        [2 ** 53, 2 ** 11, 1],
        [2 ** 32, 1, 2 ** 32],
      ]) {
        expect(call(...arrays(), 0, ...sizes, ...rows.slice(4))).toBe(Status.badArgument);
      }
    });

    it('refuses overlap', () => {
      const memory = new ArrayBuffer(256);
      const [, output, ...others] = arrays() as [Float32Array, Float32Array | Float64Array];
      const view = output instanceof Float32Array ? Float32Array : Float64Array;
      const values = [new Float32Array(memory, 0, 12), new view(memory, 40, output.length)];
      const expected = view === Float32Array ? Status.overlap : Status.badArgument;
      expect(call(...values, ...others, ...rows)).toBe(expected);
    });
  });
});
