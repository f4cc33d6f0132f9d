// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';
import {
  logSoftmax,
  logSoftmaxAsync,
  sampleAsync,
  softmax,
  softmaxAsync,
} from '../../lib/index.js';
import { keepSpare, takeSpare } from '../../lib/spare.js';
import { sameBits } from './reference.js';

const length = 50_000;
const taken = (elements = length) => takeSpare(4 * elements);

beforeEach(() => {
  while (taken() ?? taken(2 * length));
});

describe('spare memory', () => {
  it('is given once, to who asks for just as much', () => {
    const [a, b] = [new Float32Array(length), new Float64Array(length)];
    for (const array of [a, b]) keepSpare(array);
    expect(takeSpare(length) === undefined).toBe(true);
    expect(taken(2 * length) === b.buffer).toBe(true);
    expect(taken(2 * length) === undefined).toBe(true);
    expect(taken() === a.buffer).toBe(true);
  });

  it('is kept within bounds, the last of it', () => {
    keepSpare(new Float32Array(8));
    expect(taken(8) === undefined).toBe(true);
    const arrays = Array.from({ length: 6 }, () => new Float32Array(length));
    for (const array of arrays) keepSpare(array);
    const buffers: unknown[] = arrays.map(({ buffer }) => buffer);
    expect(buffers.map(() => buffers.indexOf(taken()))).toEqual([2, 3, 4, 5, -1, -1]);
  });

  it('is shared memory never', () => {
    keepSpare(new Float32Array(new SharedArrayBuffer(4 * length)));
    expect(taken() === undefined).toBe(true);
  });
});

describe('promises on spare memory', () => {
  const out = new Float32Array(length);
  const logits = (seed: number) => Float32Array.from({ length }, (_, i) => 9 * Math.sin(i * seed));

  it('never hand out, or write to, what a caller has', async () => {
    const mine: [Float32Array, Float32Array][] = [];
    for (let seed = 1; seed < 20; seed++) {
      const x = logits(seed);
      await Promise.all([
        softmaxAsync(x, { out }),
        sampleAsync(x),
        softmaxAsync(x).then((result) => mine.push([result, softmax(x)])),
        logSoftmaxAsync(x).then((result) => mine.push([result, logSoftmax(x)])),
      ]);
      expect(sameBits(out, softmax(x))).toBe(true);
    }
    expect(mine.every(([result, want]) => sameBits(result, want))).toBe(true);
    expect(new Set(mine.map(([{ buffer }]) => buffer)).size).toBe(mine.length);
  });

  it('copy into what was used before, but for results', async () => {
    await softmaxAsync(logits(1), { out });
    const used = taken() as ArrayBuffer;
    keepSpare(new Float32Array(used));
    const { buffer } = await softmaxAsync(logits(2));
    expect(buffer === used).toBe(false);
    await sampleAsync(logits(3));
    expect(taken() === used).toBe(true);
    expect(taken() === undefined).toBe(true);
  });

  it('leave what an aborted call may still read', async () => {
    const abort = new AbortController();
    const calls = Array.from({ length: 9 }, () => sampleAsync(logits(1), { signal: abort.signal }));
    abort.abort();
    const settled = await Promise.allSettled(calls);
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
    expect(taken() === undefined).toBe(true);
  });
});
