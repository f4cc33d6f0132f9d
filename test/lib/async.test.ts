// SPDX-License-Identifier: MIT
import { getEventListeners } from 'node:events';
import { runInNewContext } from 'node:vm';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  logSoftmax,
  logSoftmaxAsync,
  sample,
  sampleAsync,
  softmax,
  softmaxAsync,
} from '../../lib/index.js';
import { logits } from './reference.js';

type Call = (...parameters: readonly unknown[]) => unknown;
const maps = [
  ['softmax', softmax, softmaxAsync],
  ['logSoftmax', logSoftmax, logSoftmaxAsync],
] as unknown as readonly [string, Call, Call][];
const changed = (argument: string) =>
  expect.objectContaining({
    code: 'ERR_INVALID_STATE',
    message: expect.stringMatching(`^${argument}: `),
  });
const detach = ({ buffer }: ArrayBufferView) => {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
};
const bits = (value: unknown) =>
  ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
    : value;
const same = (got: unknown, want: unknown) => {
  expect(Object.getPrototypeOf(got)).toBe(Object.getPrototypeOf(want));
  expect(bits(got) === bits(want) || JSON.stringify(got) === JSON.stringify(want)).toBe(true);
};

describe.each(maps)('%s', (_, blocking, promised) => {
  const n = 6000;
  const inputs: readonly (readonly [unknown, object])[] = [
    [logits(n), {}],
    [Float64Array.from(logits(n)), {}],
    [Uint16Array.from({ length: n }, (_value, i) => (i * 7919) % 0x7c00), { dtype: 'float16' }],
    [Uint16Array.from({ length: n }, (_value, i) => (i * 7919) % 0x7f80), { dtype: 'bfloat16' }],
    [Array.from(logits(n)), {}],
    [logits(n).map((x) => x * 1e-40), {}],
    [logits(n).fill(Number.NaN, 5, 6), {}],
    [new Float32Array(n).fill(Number.NEGATIVE_INFINITY), {}],
    [new Float32Array(0), {}],
  ];
  const options = [
    {},
    { shape: [2, 3, 1000], axis: 1 },
    { shape: [6, 1000], temperature: 'adaptive' },
    { temperature: 1e-30, threads: 3 },
    { fullyMasked: 'zeros', isa: 'scalar' },
  ];

  it.each(inputs)('has the bits of the blocking call: %#', async (input, needed) => {
    for (const option of options) {
      if ((input as Float32Array).length === 0 && 'shape' in option) continue;
      const given = { ...needed, ...option };
      same(await promised(input, given), blocking(input, given));
    }
  });

  it('and where it looks for an end between a million elements', async () => {
    const calls: readonly (readonly [number, object])[] = [
      [2 ** 21 + 77, {}],
      [2 ** 21 + 77, { threads: 2, temperature: 'adaptive' }],
      [2 ** 21, { shape: [2 ** 14, 2 ** 7] }],
      [2 ** 21, { shape: [2 ** 7, 2 ** 7, 2 ** 7], axis: 1, threads: 2 }],
      [3 * 2 ** 20, { shape: [3, 2 ** 20] }],
    ];
    for (const [length, given] of calls) {
      const x = Float32Array.from({ length }, (_value, i) => Math.sin(i) * 30);
      same(await promised(x, given), blocking(x, given));
    }
    const x = Float64Array.from({ length: 2 ** 21 }, (_value, i) => Math.sin(i) * 30);
    same(await promised(x), blocking(x));
  });

  it.each(inputs)('writes to out: %#', async (input, needed) => {
    const { length } = input as Float32Array;
    const want = blocking(input, needed);
    const out = Array.isArray(input) ? new Array(length) : (input as Float32Array).slice();
    expect(await promised(input, { ...needed, out })).toBe(out);
    same(out, want);
    if ('dtype' in needed) {
      const floats = new Float32Array(length);
      expect(await promised(input, { ...needed, out: floats })).toBe(floats);
      same(floats, blocking(input, { ...needed, out: new Float32Array(length) }));
    }
    const copy = Array.isArray(input) ? [...input] : (input as Float32Array).slice();
    expect(await promised(copy, { ...needed, out: copy })).toBe(copy);
    same(copy, want);
  });

  it('takes a copy at the call and writes at the end', async () => {
    const x = logits(n);
    const out = new Float32Array(n).fill(7);
    const want = blocking(logits(n));
    const promise = promised(x, { out });
    x.fill(0);
    expect(out).toEqual(new Float32Array(n).fill(7));
    await promise;
    same(out, want);
    const gone = logits(n);
    const other = promised(gone);
    detach(gone);
    same(await other, want);
  });

  it('holds no more than one copy of what waits, of numbers too', async () => {
    const inputs = [Float64Array.from(logits(100_000)), Array.from(logits(100_000))];
    for (const input of inputs) {
      const before = process.memoryUsage().arrayBuffers;
      const all = Array.from({ length: 20 }, () => promised(input));
      const held = process.memoryUsage().arrayBuffers - before;
      expect(held).toBeLessThan(1.1 * 20 * 800_000);
      await Promise.all(all);
    }
  });

  it('takes shared, growable and foreign memory', async () => {
    const want = blocking(logits(n));
    const grown = new SharedArrayBuffer(4, { maxByteLength: 4 * n });
    const tracking = new Float32Array(grown);
    grown.grow(4 * n);
    const shared = new Float32Array(new SharedArrayBuffer(4 * n));
    const foreign = runInNewContext(`new Float32Array(${n})`) as Float32Array;
    for (const x of [tracking, shared, foreign]) {
      x.set(logits(n));
      same(await promised(x), want);
      expect(await promised(x, { out: x })).toBe(x);
      expect(bits(x)).toBe(bits(want));
    }
  });

  it('reads shared memory where it lies', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(4 * n));
    const busy = [promised(logits(9)), promised(logits(9))]; // two run, what comes next waits
    const out = new Float32Array(n);
    const promises = [
      promised(shared),
      promised(shared, { out }),
      promised(shared, { out: shared }),
    ];
    shared.set(logits(n));
    await Promise.all(busy);
    const want = blocking(logits(n));
    for (const result of await Promise.all(promises)) expect(bits(result)).toBe(bits(want));
  });

  it('refuses a partial overlap', async () => {
    const memory = logits(n + 1);
    const x = memory.subarray(1);
    const out = memory.subarray(0, n);
    const refusal = expect.objectContaining({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringMatching(/^options\.out: /),
    });
    await expect(promised(x, { out })).rejects.toEqual(refusal);
    expect(memory).toEqual(logits(n + 1));
  });

  const changes: readonly (readonly [string, () => [ArrayBufferView, () => void]])[] = [
    [
      'detached',
      () => {
        const out = new Float32Array(n);
        return [out, () => detach(out)];
      },
    ],
    [
      'shrunk',
      () => {
        const buffer = new ArrayBuffer(4 * n, { maxByteLength: 8 * n });
        return [new Float32Array(buffer), () => buffer.resize(4)];
      },
    ],
    [
      'out of bounds',
      () => {
        const buffer = new ArrayBuffer(4 * n + 4, { maxByteLength: 8 * n });
        return [new Float32Array(buffer, 4, n), () => buffer.resize(4 * n)];
      },
    ],
    [
      'longer',
      () => {
        const buffer = new ArrayBuffer(4 * n, { maxByteLength: 8 * n });
        return [new Float32Array(buffer), () => buffer.resize(8 * n)];
      },
    ],
    [
      'of memory that grew',
      () => {
        const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
        return [new Float32Array(memory.buffer, 0, n), () => memory.grow(1)];
      },
    ],
  ];
  it.each(changes)('rejects when out is %s meanwhile', async (_what, make) => {
    const [out, change] = make();
    const promise = promised(logits(n), { out });
    change();
    await expect(promise).rejects.toEqual(changed('options.out'));
    if (out.buffer.byteLength > 0) {
      expect(new Uint8Array(out.buffer).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('rejects when a number[] is frozen or cut meanwhile', async () => {
    for (const change of [Object.freeze, (out: number[]) => out.pop()]) {
      const out = new Array<number>(n).fill(7);
      const promise = promised(Array.from(logits(n)), { out });
      change(out);
      await expect(promise).rejects.toEqual(changed('options.out'));
      expect(out.every((value) => value === 7)).toBe(true);
    }
  });

  it('does not write when aborted', async () => {
    for (const abortLater of [false, true]) {
      const controller = new AbortController();
      const { signal } = controller;
      const out = new Float32Array(n).fill(7);
      const all = [1, 2, 3, 4].map(() => promised(logits(n), { out, signal }) as Promise<unknown>);
      if (abortLater) await Promise.resolve();
      controller.abort(new Error('enough'));
      for (const promise of all) await expect(promise).rejects.toThrow('enough');
      same(await promised(logits(n)), blocking(logits(n)));
      expect(out).toEqual(new Float32Array(n).fill(7));
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    }
  });

  it('fulfils many at once, and refuses more', async () => {
    const all = Array.from({ length: 1030 }, () => promised(logits(64)) as Promise<unknown>);
    const results = await Promise.allSettled(all);
    const codes = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason.code] : [],
    );
    // Two run, 1,024 wait; what was aborted before may not have ended, and counts as running.
    expect(new Set(codes)).toEqual(new Set(['ERR_QUEUE_FULL']));
    expect([4, 5, 6]).toContain(codes.length);
    const want = blocking(logits(64));
    for (const result of results) if (result.status === 'fulfilled') same(result.value, want);
  });

  it('takes those that wait by their own options', async () => {
    const x = logits(600);
    const each = Array.from({ length: 12 }, (_value, i) => ({
      shape: i % 2 > 0 ? [20, 30] : [600],
      axis: i % 3 > 0 ? 0 : -1,
      temperature: 1 + i,
    }));
    const results = await Promise.all(each.map((options) => promised(x, options)));
    for (const [i, result] of results.entries()) same(result, blocking(x, each[i]));
  });
});

describe('an option getter that takes the array away', () => {
  const names = ['axis', 'temperature', 'threads', 'isa', 'signal'];
  const acting = (name: string, act: () => void, more: object) =>
    Object.defineProperty({ ...more }, name, {
      enumerable: true,
      get: () => {
        act();
        return undefined;
      },
    });
  const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' });

  it.each(names)('%s', async (name) => {
    for (const call of [softmaxAsync, logSoftmaxAsync, sampleAsync] as readonly Call[]) {
      const x = logits(9);
      await expect(
        call(
          x,
          acting(name, () => detach(x), {}),
        ),
      ).rejects.toEqual(refusal);
      if (call === sampleAsync) continue;
      const out = new Float32Array(9);
      const options = acting(name, () => detach(out), { out });
      await expect(call(logits(9), options)).rejects.toEqual(refusal);
    }
  });

  it.each(names)('%s, or throws', async (name) => {
    const error = new Error('mine');
    const throwing = () => {
      throw error;
    };
    for (const call of [softmaxAsync, logSoftmaxAsync, sampleAsync] as readonly Call[]) {
      await expect(call(logits(9), acting(name, throwing, {}))).rejects.toBe(error);
    }
  });

  it('and a signal that does', async () => {
    const x = logits(9);
    const signal = new AbortController().signal;
    Object.defineProperty(signal, 'aborted', { get: () => x.buffer.byteLength > 0 && detach(x) });
    await expect(softmaxAsync(x, { signal })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    });
  });
});

describe('sampleAsync', () => {
  const x = logits(6000);

  it.each([
    { seed: 1 },
    { seed: 2, topK: 50, topP: 0.9, minP: 0.01, temperature: 0.7 },
    { seed: 3, shape: [6, 1000] },
    { seed: 4, shape: [2, 3, 1000], axis: 1, temperature: 'adaptive' as const },
    { temperature: 0 },
    { shape: [0, 5], seed: 1 },
  ])('draws as sample does: %o', async (options) => {
    const input = options.shape?.[0] === 0 ? new Float32Array(0) : x;
    expect(await sampleAsync(input, options)).toEqual(sample(input, options));
  });

  it('asks random at the call, once per row', async () => {
    const given = [0.1, 0.5, 0.9];
    const next = () => {
      const left = [...given];
      return () => left.shift() as number;
    };
    const random = next();
    let calls = 0;
    const promise = sampleAsync(new Float32Array(12), {
      shape: [3, 4],
      random: () => {
        calls++;
        return random();
      },
    });
    expect(calls).toBe(3);
    const { index } = sample(new Float32Array(12), { shape: [3, 4], random: next() });
    expect((await promise).index).toEqual(index);
  });

  it('rejects a row without a distribution, and a random that takes the input away', async () => {
    const refusal = expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' });
    await expect(sampleAsync(Float32Array.of(1, Number.NaN))).rejects.toEqual(refusal);
    const gone = logits(9);
    const random = () => {
      detach(gone);
      return 0.5;
    };
    await expect(sampleAsync(gone, { random })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
    });
  });

  it('is aborted', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(sampleAsync(x, { signal })).rejects.toBe(reason);
  });
});

it('has types that say the same', () => {
  const check = () => {
    const floats = new Float32Array(1);
    expectTypeOf(softmaxAsync(floats)).toEqualTypeOf<Promise<Float32Array>>();
    expectTypeOf(logSoftmaxAsync(new Float64Array(1))).toEqualTypeOf<Promise<Float64Array>>();
    expectTypeOf(sampleAsync(floats, { shape: [1] })).resolves.toHaveProperty('index');
    // @ts-expect-error no such option of the blocking call
    softmax(floats, { signal: AbortSignal.abort() });
    // @ts-expect-error needs a dtype
    softmaxAsync(new Uint16Array(1));
  };
  expect(check).toBeTypeOf('function');
});
