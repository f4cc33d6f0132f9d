// SPDX-License-Identifier: MIT
// Where the arrays of softmax() may lie, and what may have happened to them.
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { softmax } from '../../lib/index.js';
import { logits } from './reference.js';

const refused = (argument: string) =>
  expect.objectContaining({
    code: 'ERR_INVALID_ARG_VALUE',
    message: expect.stringMatching(new RegExp(`^${argument}: `)),
  });
const detach = ({ buffer }: Float32Array) => {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
};
const want = (n: number) => softmax(logits(n));
// With one option the call takes the short way, with two the long one.
const ways = [{}, { threads: 1 }];

describe.each(ways)('with %o', (more) => {
  it('any offset', () => {
    for (let offset = 0; offset < 20; offset++) {
      const memory = new Float32Array(100).fill(7);
      const x = memory.subarray(offset, offset + 33);
      x.set(logits(33));
      const frame = new Float32Array(100).fill(7);
      const out = frame.subarray(20 - offset, 20 - offset + 33);
      expect(softmax(x, { out, ...more })).toEqual(want(33));
      softmax(x, { out: x, ...more });
      expect(x).toEqual(want(33));
      for (const [all, view] of [
        [memory, x],
        [frame, out],
      ] as const) {
        view.fill(7);
        expect(all).toEqual(new Float32Array(100).fill(7)); // nothing beside the view was touched
      }
    }
  });

  it('shared memory', () => {
    const shared = new Float32Array(new SharedArrayBuffer(400), 40, 33);
    shared.set(logits(33));
    expect(softmax(shared, { out: new Float32Array(33), ...more })).toEqual(want(33));
    expect(softmax(shared, { out: shared, ...more })).toBe(shared);
    expect(Array.from(shared)).toEqual(Array.from(want(33)));
  });

  it('growable and resizable memory, by its present length', () => {
    const grown = new SharedArrayBuffer(4, { maxByteLength: 400 });
    const shared = new Float32Array(grown);
    grown.grow(132);
    shared.set(logits(33));
    expect(softmax(shared, { out: new Float32Array(33), ...more })).toEqual(want(33));

    const resizable = new ArrayBuffer(400, { maxByteLength: 400 });
    const view = new Float32Array(resizable);
    resizable.resize(132);
    view.set(logits(33));
    expect(softmax(view, { out: view, ...more })).toBe(view);
    expect(Array.from(view)).toEqual(Array.from(want(33)));
  });

  it('memory of WebAssembly, until it grows', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
    const view = new Float32Array(memory.buffer, 64, 33);
    view.set(logits(33));
    expect(Array.from(softmax(view, { out: view, ...more }))).toEqual(Array.from(want(33)));
    memory.grow(1);
    expect(() => softmax(view, { out: view, ...more })).toThrow(refused('input'));
  });

  it('another realm', () => {
    const foreign = runInNewContext('Float32Array.from({ length: 33 })') as Float32Array;
    expect(foreign).not.toBeInstanceOf(Float32Array);
    foreign.set(logits(33));
    expect(softmax(foreign, { out: new Float32Array(33), ...more })).toEqual(want(33));
    expect(softmax(foreign, { out: foreign, ...more })).toBe(foreign);
    expect(Array.from(foreign)).toEqual(Array.from(want(33)));
    const options = Object.assign(runInNewContext('({})'), more, {
      shape: runInNewContext('[33]'),
    });
    expect(Reflect.apply(softmax, undefined, [logits(33), options])).toEqual(want(33));
  });

  it('a subclass, whatever it says of itself', () => {
    class Liar extends Float32Array {
      override get length() {
        return 1000;
      }
      override get byteLength() {
        return 4000;
      }
    }
    const x = new Liar(33);
    x.set(logits(33));
    const out = new Liar(33);
    softmax(x, { out, ...more });
    expect([...new Float32Array(out.buffer)]).toEqual([...want(33)]);
    expect(softmax(x)).toEqual(want(33));
  });

  it('a view that has lost its prototype', () => {
    const bare = (view: Float32Array): Float32Array => Object.setPrototypeOf(view, null);
    const out = bare(new Float32Array(33));
    expect(softmax(bare(logits(33)), { out, ...more })).toBe(out);
    expect(Object.setPrototypeOf(out, Float32Array.prototype)).toEqual(want(33));
  });

  it('views that share a part', () => {
    const memory = new Float32Array(100);
    const view = (from: number) => memory.subarray(from, from + 33);
    for (const shift of [1, 4, 16, 32]) {
      memory.set(logits(100));
      for (const [x, out] of [
        [view(20), view(20 + shift)],
        [view(20 + shift), view(20)],
      ] as const) {
        expect(() => softmax(x, { out, ...more })).toThrow(refused('options.out'));
      }
      expect(memory).toEqual(logits(100));
    }
    memory.set(logits(33), 20);
    expect(softmax(view(20), { out: view(53), ...more })).toEqual(want(33));
    const bytes = new ArrayBuffer(1000);
    const [x, out] = [new Float32Array(bytes, 0, 33), new Float32Array(bytes, 4, 33)];
    expect(() => softmax(x, { out, ...more })).toThrow(refused('options.out'));
  });

  it('a detached array', () => {
    const gone = new Float32Array(33);
    detach(gone);
    const out = new Float32Array(33).fill(7);
    expect(() => softmax(gone, { out, ...more })).toThrow(refused('input'));
    expect(() => softmax(gone, more)).toThrow(refused('input'));
    expect(() => softmax(gone, { out: gone, ...more })).toThrow(refused('input'));
    expect(() => softmax(logits(33), { out: gone, ...more })).toThrow(refused('options.out'));
    expect(() => softmax(new Float32Array(0), { out: gone, ...more })).toThrow(
      refused('options.out'),
    );
    expect(() => softmax(gone, { out: new Float32Array(0), ...more })).toThrow(refused('input'));
    expect(out).toEqual(new Float32Array(33).fill(7));
  });

  it('a view that its shrunken buffer no longer holds', () => {
    const buffer = new ArrayBuffer(400, { maxByteLength: 400 });
    const outside = new Float32Array(buffer, 40, 33);
    const empty = new Float32Array(buffer, 0, 0);
    buffer.resize(100);
    const out = new Float32Array(33);
    expect(() => softmax(outside, { out, ...more })).toThrow(refused('input'));
    expect(() => softmax(out, { out: outside, ...more })).toThrow(refused('options.out'));
    expect(softmax(empty, { out: empty, ...more })).toBe(empty);
    buffer.resize(400);
    outside.set(logits(33));
    expect(softmax(outside, { out, ...more })).toEqual(want(33));
  });
});

describe('a getter that acts', () => {
  const acting = (act: () => void, out: Float32Array, last: boolean) => {
    const getter = {
      get temperature() {
        act();
        return 1;
      },
    };
    const descriptors = Object.getOwnPropertyDescriptors(getter);
    return last
      ? Object.defineProperties({ out }, descriptors)
      : Object.assign(Object.defineProperties({}, descriptors), { out });
  };

  it.each([true, false])('detaching the output, read last: %s', (last) => {
    const out = new Float32Array(33);
    const options = acting(() => detach(out), out, last);
    expect(() => softmax(logits(33), options)).toThrow(refused('options.out'));
  });

  it.each([true, false])('detaching the input, read last: %s', (last) => {
    const x = logits(33);
    const out = new Float32Array(33).fill(7);
    const options = acting(() => detach(x), out, last);
    expect(() => softmax(x, options)).toThrow(refused('input'));
    expect(out).toEqual(new Float32Array(33).fill(7));
  });

  it('detaching the input while giving the only option', () => {
    const x = logits(33);
    const out = new Float32Array(33).fill(7);
    const options = {
      get out() {
        detach(x);
        return out;
      },
    };
    expect(() => softmax(x, options)).toThrow(refused('input'));
    expect(out).toEqual(new Float32Array(33).fill(7));
  });

  it('shrinking the input', () => {
    const buffer = new ArrayBuffer(132, { maxByteLength: 132 });
    const x = new Float32Array(buffer);
    const options = acting(() => buffer.resize(4), new Float32Array(33), true);
    expect(() => softmax(x, options)).toThrow(refused('options.out'));
  });
});

describe('worker threads', () => {
  const dist = join(__dirname, '..', '..', 'dist', 'index.js');
  const code = `const { workerData } = require('node:worker_threads');
    const { softmax } = require(${JSON.stringify(dist)});
    for (let i = 0; i < workerData.times; i++) softmax(workerData.x, { out: workerData.out });`;

  it('compute into shared memory', async () => {
    const shared = () => new Float32Array(new SharedArrayBuffer(4 * 33));
    const x = shared();
    x.set(logits(33));
    const outs = [shared(), shared(), shared()];
    await Promise.all(
      outs.map((out) => {
        const worker = new Worker(code, { eval: true, workerData: { x, out, times: 100 } });
        return new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
      }),
    );
    for (const out of outs) expect(Array.from(out)).toEqual(Array.from(want(33)));
  });

  it('may be terminated while they compute', async () => {
    const x = logits(1000);
    for (let i = 0; i < 3; i++) {
      const workerData = { x, out: new Float32Array(1000), times: Number.POSITIVE_INFINITY };
      const worker = new Worker(code, { eval: true, workerData });
      await new Promise((resolve) => worker.on('online', resolve));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await worker.terminate()).toBe(1);
    }
    expect(softmax(logits(33))).toEqual(want(33));
  });
});
