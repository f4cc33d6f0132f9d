// SPDX-License-Identifier: MIT
import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Status } from '../../lib/binding.js';
import { enqueue, limits, type Start } from '../../lib/queue.js';

interface Started {
  readonly id: number;
  readonly flag: Int32Array;
  readonly done: (status: number) => void;
}
let running: Started[] = [];
let ids = 0;

const nothing = () => undefined;
const job = (bytes = 1, signal?: AbortSignal, copy: () => void = nothing) => {
  const id = ids++;
  const start: Start = (flag, done) => {
    running.push({ id, flag, done });
    return Status.ok;
  };
  return enqueue(bytes, signal, start, copy);
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
const finish = (started = running.shift(), status: number = Status.ok) => {
  started?.done(status);
  return turn();
};
const finishAll = async () => {
  while (running.length > 0) await finish();
};
const started = () => running.map(({ id }) => id);
const full = expect.objectContaining({ code: 'ERR_QUEUE_FULL' });
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

afterEach(async () => {
  await finishAll();
  running = [];
  ids = 0;
});

describe('order', () => {
  it('two run at a time, the others wait in line', async () => {
    const all = Array.from({ length: 5 }, () => job());
    expect(started()).toEqual([0, 1]);
    await finish();
    expect(started()).toEqual([1, 2]);
    await finish(running.pop(), Status.outOfMemory);
    expect(started()).toEqual([1, 3]);
    await finishAll();
    expect(await Promise.all(all)).toEqual([0, 0, Status.outOfMemory, 0, 0]);
  });

  it('what cannot be started makes room for the next', async () => {
    const busy = [job(), job()];
    const failing = [1, 2, 3].map(() => enqueue(1, undefined, () => Status.badArgument, nothing));
    const last = job();
    await finish();
    expect(await Promise.all(failing)).toEqual([-1, -1, -1]);
    expect(started()).toEqual([1, 2]);
    await finishAll();
    expect(await Promise.all([...busy, last])).toEqual([0, 0, 0]);
  });

  it('what cannot be copied is not started and leaves no trace', async () => {
    const fail = () => {
      throw new Error('mine');
    };
    const { signal } = new AbortController();
    await expect(job(limits.waitingBytes, signal, fail)).rejects.toThrow('mine');
    expect([started(), listeners(signal)]).toEqual([[], 0]);
  });
});

describe('the end', () => {
  it('comes for one job at a turn of the event loop, as copies may follow', async () => {
    const ended: number[] = [];
    const all = [0, 1, 2].map((i) => job().then(() => ended.push(i)));
    running.shift()?.done(Status.ok);
    running.shift()?.done(Status.ok);
    await Promise.resolve();
    await new Promise(process.nextTick);
    expect([ended, started()]).toEqual([[0], [2]]); // the second still counts as running
    await turn();
    expect(ended).toEqual([0, 1]);
    await finish();
    await Promise.all(all);
    expect(ended).toEqual([0, 1, 2]);
  });

  it('comes at once where nothing else has ended', async () => {
    for (let i = 0; i < 3; i++) {
      await turn();
      let ended = false;
      job().then(() => (ended = true));
      running.shift()?.done(Status.ok);
      await new Promise(process.nextTick);
      expect(ended).toBe(true);
    }
  });

  it('comes with faked timers too', async () => {
    const { setImmediate } = globalThis;
    vi.useFakeTimers();
    try {
      const all = [job(), job()];
      running.shift()?.done(Status.ok);
      running.shift()?.done(Status.ok);
      expect(await Promise.all(all)).toEqual([0, 0]);
    } finally {
      vi.useRealTimers();
    }
    expect(globalThis.setImmediate).toBe(setImmediate);
  });

  it('comes where the global setImmediate is gone, as under jsdom', async () => {
    vi.resetModules();
    vi.stubGlobal('setImmediate', undefined);
    const { softmaxAsync } = await import('../../lib/index.js');
    try {
      const both = [softmaxAsync([0, 0]), softmaxAsync([1])];
      expect(await Promise.all(both)).toEqual([[0.5, 0.5], [1]]);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('bounds', () => {
  it('so many jobs may wait', async () => {
    const all = Array.from({ length: limits.running + limits.waiting }, () => job());
    let copied = false;
    await expect(job(1, undefined, () => (copied = true))).rejects.toEqual(full);
    expect(copied).toBe(false);
    await finish();
    const another = job();
    await expect(job()).rejects.toEqual(full);
    await finishAll();
    expect(await Promise.all([...all, another])).toHaveLength(limits.running + limits.waiting + 1);
  });

  it('so many bytes may wait, those that run apart', async () => {
    const large = 4 * limits.waitingBytes;
    const all = [job(large), job(large), job(limits.waitingBytes - 1), job(1)];
    await expect(job(1)).rejects.toEqual(full);
    await finish();
    all.push(job(limits.waitingBytes - 1));
    await expect(job(1)).rejects.toEqual(full);
    await finishAll();
    expect(await Promise.all(all)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('a signal', () => {
  const reason = new Error('enough');

  it('takes a waiting job out, and its bytes', async () => {
    const controller = new AbortController();
    const all = [job(), job()];
    const aborted = job(limits.waitingBytes, controller.signal);
    await expect(job()).rejects.toEqual(full);
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    all.push(job(limits.waitingBytes));
    while (running.length > 0) {
      expect(started()).not.toContain(2);
      await finish();
    }
    await Promise.all(all);
    expect(listeners(controller.signal)).toBe(0);
  });

  it('ends a running job early, whose place is free when it is done', async () => {
    const controller = new AbortController();
    const aborted = job(1, controller.signal);
    const all = [job(), job()];
    expect(running[0]?.flag[0]).toBe(0);
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(running[0]?.flag[0]).toBe(1);
    expect(running[1]?.flag[0]).toBe(0);
    expect(started()).toEqual([0, 1]);
    await finish(running.shift(), Status.stopped);
    expect(started()).toEqual([1, 2]);
    await finishAll();
    expect(await Promise.all(all)).toEqual([0, 0]);
    expect(listeners(controller.signal)).toBe(0);
  });

  it('that has aborted before starts nothing', async () => {
    const signal = AbortSignal.abort(reason);
    await expect(job(1, signal)).rejects.toBe(reason);
    expect([started(), listeners(signal)]).toEqual([[], 0]);
    const all = [job(), job()];
    expect(running).toHaveLength(2);
    await finishAll();
    await Promise.all(all);
  });

  it('is let go when the job is done', async () => {
    const { signal } = new AbortController();
    const failing = enqueue(1, signal, () => Status.badArgument, nothing);
    const all = [job(1, signal), job(1, signal), job(1, signal)];
    expect(listeners(signal)).toBe(1); // of more than ten, Node would warn
    await finishAll();
    await Promise.all([failing, ...all]);
    expect(listeners(signal)).toBe(0);
  });
});
