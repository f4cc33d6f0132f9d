// SPDX-License-Identifier: MIT
// What the native functions make of arguments that no caller in TypeScript gives them.
import { describe, expect, it } from 'vitest';
import { binding, Status } from '../../lib/binding.js';
import { elements } from '../../lib/dtypes.js';
import { algorithms, isas } from '../../lib/types.js';
import { numbersOf } from './numbers.js';
import { logits } from './reference.js';

describe('the native function trusts nothing', () => {
  const x = logits(12);
  const right = { n: 12 };
  const good = numbersOf(right);
  const call = (input: unknown, output: unknown, ...numbers: unknown[]) =>
    Reflect.apply(binding.softmax, undefined, [input, output, ...numbers]);

  it('computes when all is well', () => {
    const out = () => new Float32Array(12);
    expect(call(x, out())).toBe(Status.ok);
    expect(call(x, out(), good)).toBe(Status.ok);
    expect(call(x, out(), numbersOf({ outer: 3, n: 2, inner: 2 }))).toBe(Status.ok);
    expect(call(x, out(), numbersOf({ n: 4 }))).toBe(Status.ok);
    const nothing = numbersOf({ outer: 0, n: 0, inner: 0 });
    expect(call(new Float32Array(0), new Float32Array(0), nothing)).toBe(Status.ok);
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
    new DataView(new ArrayBuffer(47)),
    new Uint8Array(47),
    new Float64Array(5),
    Buffer.alloc(47),
    new Proxy(new Float32Array(12), {}),
    Object.create(Float32Array.prototype),
    new Float32Array(11),
    new Uint8Array(new ArrayBuffer(64), 1), // where no float can begin
    detached,
  ];

  // It goes by the memory of a view alone: the type is softmax()'s to check.
  it.each(values.map((value) => [value]))('array %o', (value) => {
    const out = new Float32Array(12).fill(7);
    for (const numbers of [[], [good]]) {
      expect(call(value, out, ...numbers)).toBe(Status.badArgument);
      expect(call(x, value, ...numbers)).toBe(Status.badArgument);
    }
    expect(out).toEqual(new Float32Array(12).fill(7));
  });

  it.each(values.map((value) => [value]))('numbers %o', (value) => {
    const out = new Float32Array(12).fill(7);
    expect(call(x, out, value)).toBe(Status.badArgument);
    expect(out).toEqual(new Float32Array(12).fill(7));
  });

  const wrong = [Number.NaN, -1.5, 0.5, -2, 2 ** 64, 1e300, Infinity];
  const cases = (
    ['dtype', 'outputDtype', 'outer', 'n', 'inner', 'scale', 'fullyMaskedZeros', 'isa'] as const
  ).flatMap((name) =>
    wrong
      .filter((value) => !(name === 'scale' && (value === 0.5 || value === 2 ** 64)))
      .map((value) => ({ [name]: value })),
  );
  it.each([
    ...cases,
    ...wrong.flatMap((value) => [{ threads: value }, { algorithm: value }]),
    { dtype: elements.length },
    { outputDtype: elements.length },
    { outputDtype: 1 },
    { isa: isas.length },
    { algorithm: algorithms.length },
    { fullyMaskedZeros: 2 },
    { scale: -1 },
    { scale: 1e-60 },
    { scale: 1e39 },
    { threads: 2 ** 32 },
    { n: 13 },
    { outer: 13, n: 1 },
    { n: 1, inner: 13 },
    { outer: 2, n: 7 },
    { outer: 2 ** 32, n: 2 ** 32 },
    { outer: 2 ** 32, n: 1, inner: 2 ** 32 },
    { outer: 2 ** 53, n: 2 ** 11 },
    { n: 2 ** 53, inner: 2 ** 53 },
    { outer: 2 ** 22, n: 2 ** 21, inner: 2 ** 21 },
  ])('%o', (numbers) => {
    const out = new Float32Array(12).fill(7);
    expect(call(x, out, numbersOf({ ...right, ...numbers }))).toBe(Status.badArgument);
    expect(out).toEqual(new Float32Array(12).fill(7));
  });

  it('does not need all arguments', () => {
    expect(call(undefined, undefined)).toBe(Status.badArgument);
    expect(Reflect.apply(binding.softmax, undefined, [])).toBe(Status.badArgument);
    expect(Reflect.apply(binding.softmax, undefined, [x])).toBe(Status.badArgument);
    expect(call(x, new Float32Array(12), good.subarray(1))).toBe(Status.badArgument);
  });

  it('holds the output against its own type', () => {
    const bits = new Uint16Array(12);
    const halves = (outputDtype: number) => numbersOf({ dtype: 1, outputDtype, n: 12 });
    expect(call(bits, new Uint16Array(12), halves(1))).toBe(Status.ok);
    expect(call(bits, new Float32Array(12), halves(0))).toBe(Status.ok);
    expect(call(bits, new Uint16Array(12), halves(0))).toBe(Status.badArgument);
    expect(call(bits, new Float32Array(12), halves(2))).toBe(Status.badArgument);
  });

  it('finds overlap', () => {
    const memory = new Float32Array(30);
    for (const shift of [1, 5, 11]) {
      const low = memory.subarray(0, 12);
      const high = memory.subarray(shift, shift + 12);
      expect(call(low, high)).toBe(Status.overlap);
      expect(call(high, low)).toBe(Status.overlap);
      expect(call(low, high, good)).toBe(Status.overlap);
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
      expect(call(logits(12), new Float32Array(1))).toBe(Status.badArgument);
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
  const right = { outer: 3, n: 4 };
  const rows = numbersOf(right);
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
      expect(call(...arrays(), rows)).toBe(Status.ok);
      expect(call(...arrays(), numbersOf({ n: 4, inner: 3 }))).toBe(Status.ok);
      expect(call(...arrays(), numbersOf({ outer: 0, n: 4, inner: 3 }))).toBe(Status.ok);
      expect(call(...arrays(), numbersOf({ outer: 3, n: 0 }))).toBe(Status.ok);
    });

    it('refuses other arrays', () => {
      for (const at of arrays().keys()) {
        const array = arrays()[at] as Float32Array | Float64Array;
        const less = new DataView(new ArrayBuffer(array.byteLength - 1));
        const other = [undefined, null, 1, {}, [1], less, array.subarray(1), new Proxy(array, {})];
        for (const value of other) {
          const values = arrays().map((good, i) => (i === at ? value : good));
          expect(call(...values, rows)).toBe(Status.badArgument);
        }
      }
    });

    it('refuses other numbers', () => {
      for (const numbers of [null, 1, {}, [...rows], rows.subarray(1), new Proxy(rows, {})]) {
        expect(call(...arrays(), numbers)).toBe(Status.badArgument);
      }
      for (const name of ['dtype', 'outer', 'n', 'inner', 'scale', 'isa', 'threads'] as const) {
        for (const value of [Number.NaN, -2, 1e300, Infinity]) {
          const numbers = numbersOf({ ...right, [name]: value });
          expect(call(...arrays(), numbers)).toBe(Status.badArgument);
        }
      }
      for (const sizes of [
        { outer: 4 },
        { n: 5 },
        { inner: 2 },
        { outer: 2 ** 53, n: 2 ** 11 },
        { outer: 2 ** 32, n: 1, inner: 2 ** 32 },
      ]) {
        expect(call(...arrays(), numbersOf({ ...right, ...sizes }))).toBe(Status.badArgument);
      }
    });

    if (name === 'softmaxFrom') {
      it('needs numbers', () => expect(call(...arrays())).toBe(Status.badArgument));
    }

    it('refuses overlap', () => {
      const memory = new ArrayBuffer(256);
      const [, output, ...others] = arrays() as [Float32Array, Float32Array | Float64Array];
      const view = output instanceof Float32Array ? Float32Array : Float64Array;
      const values = [new Float32Array(memory, 0, 12), new view(memory, 40, output.length)];
      const expected = view === Float32Array ? Status.overlap : Status.badArgument;
      expect(call(...values, ...others, rows)).toBe(expected);
    });
  });
});
