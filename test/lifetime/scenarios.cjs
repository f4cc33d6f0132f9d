// SPDX-License-Identifier: MIT
// What may happen to arrays, threads and the process while promises are under way. Usage:
// node --expose-gc scenarios.cjs NAME. A scenario that survives prints `ok`, if it does not exit.
const assert = require('node:assert');
const { fork } = require('node:child_process');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
const library = require('../../dist/index.js');
const { logSoftmaxAsync, sample, sampleAsync, softmax, softmaxAsync, topK } = library;

const n = 100_000;
const logits = () => Float32Array.from({ length: n }, (_, i) => Math.sin(i) * 20);
const jobs = (count, make) => Promise.allSettled(Array.from({ length: count }, (_, i) => make(i)));
const fill = (count = 1026, x = logits()) =>
  jobs(count, (i) =>
    [softmaxAsync, logSoftmaxAsync, sampleAsync][i % 3](x, { threads: 1 + (i % 2) }),
  );
const detach = (view) => structuredClone(view.buffer, { transfer: [view.buffer] });
const codes = (results) => [...new Set(results.map(({ reason }) => reason?.code ?? reason?.name))];
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ended = (worker) =>
  new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
const worker = (data) =>
  new Worker(__filename, { workerData: typeof data === 'string' ? { role: data } : data });
const online = async (data) => {
  const started = worker(data);
  await new Promise((resolve) => started.on('message', resolve));
  return started;
};

const scenarios = {
  async 'arrays are collected'() {
    const all = jobs(20, () => softmaxAsync(logits()));
    for (let i = 0; i < 5; i++) {
      gc();
      await wait(1);
    }
    const want = softmax(logits());
    for (const { value } of await all) assert.deepEqual(value, want);
  },
  async 'inputs are transferred'() {
    const want = softmax(logits());
    const all = jobs(8, () => {
      const x = logits();
      const promise = softmaxAsync(x);
      detach(x);
      return promise;
    });
    for (const { value } of await all) assert.deepEqual(value, want);
  },
  async 'outputs are transferred'() {
    const all = jobs(8, () => {
      const x = logits();
      const promise = softmaxAsync(x, { out: x });
      setImmediate(() => detach(x));
      return promise;
    });
    assert.deepEqual(
      codes(await all).filter((code) => code !== undefined),
      ['ERR_INVALID_STATE'],
    );
  },
  async 'buffers are resized'() {
    const all = jobs(8, () => {
      const buffer = new ArrayBuffer(4 * n, { maxByteLength: 4 * n });
      const x = new Float32Array(buffer);
      const promise = softmaxAsync(x, { out: x });
      buffer.resize(4);
      return promise;
    });
    assert.deepEqual(codes(await all), ['ERR_INVALID_STATE']);
  },
  async 'WebAssembly memory grows'() {
    const all = jobs(8, () => {
      const memory = new WebAssembly.Memory({ initial: 10, maximum: 20 });
      const x = new Float32Array(memory.buffer, 0, n);
      const promise = softmaxAsync(x, { out: x });
      memory.grow(5);
      return promise;
    });
    assert.deepEqual(codes(await all), ['ERR_INVALID_STATE']);
  },
  async 'shared memory is written and grows'() {
    const buffer = new SharedArrayBuffer(4 * n, { maxByteLength: 8 * n });
    const writer = await online({ role: 'writing', buffer });
    for (const x of [new Float32Array(buffer), new Float64Array(buffer, 0, n / 2)]) {
      for (let i = 0; i < 20; i++) {
        topK(x, n / 8);
        try {
          sample(x, { topK: n / 8, topP: 0.9 });
        } catch (error) {
          assert.equal(error.code, 'ERR_OUT_OF_RANGE'); // a NaN was met
        }
      }
      fill(30, x);
    }
    buffer.grow(8 * n);
    await fill(30, new Float32Array(buffer));
    await writer.terminate();
  },
  async 'the process exits'() {
    fill();
    await wait(2);
    process.exit(0);
  },
  async 'the process throws'() {
    fill();
    await wait(2);
    process.on('uncaughtException', () => process.exit(0));
    throw new Error('uncaught');
  },
  async 'a worker is terminated'() {
    for (let i = 0; i < 3; i++) assert.equal(await (await online('busy')).terminate(), 1);
  },
  async 'a worker exits'() {
    assert.equal(await ended(worker('exiting')), 3);
  },
  async 'a worker ends when its jobs have'() {
    assert.deepEqual(await Promise.all([1, 2].map(() => ended(worker('finishing')))), [0, 0]);
  },
  async 'the process exits while workers work'() {
    await Promise.all([1, 2].map(() => online('busy')));
    process.exit(0);
  },
  async 'workers load and leave'() {
    for (let i = 0; i < 3; i++) await Promise.all([1, 2].map(() => ended(worker('short'))));
  },
  async 'signals abort'() {
    for (let i = 0; i < 5; i++) {
      const controller = new AbortController();
      const all = jobs(50, () => softmaxAsync(logits(), { signal: controller.signal, threads: 2 }));
      await wait(i);
      controller.abort();
      const aborted = (await all).filter(({ status }) => status === 'rejected');
      assert(aborted.every(({ reason }) => reason === controller.signal.reason));
    }
    assert.deepEqual(await softmaxAsync(logits()), softmax(logits()));
  },
  async 'the process forks'() {
    const all = fill(20);
    const child = fork(__filename, ['child']);
    assert.equal(await ended(child), 0);
    assert((await all).every(({ status }) => status === 'fulfilled'));
  },
};

const roles = {
  /** Until it is ended. */
  async busy() {
    setTimeout(() => parentPort.postMessage('busy'), 2);
    for (;;) await fill();
  },
  async exiting() {
    fill();
    await wait(2);
    process.exit(3);
  },
  /** Numbers without order, for ever. */
  writing({ buffer }) {
    const x = new Float64Array(buffer, 0, n / 2);
    parentPort.postMessage('writing');
    for (let i = 1; ; i = (Math.imul(i, 1664525) + 1013904223) | 0) x[(i >>> 8) % x.length] = i;
  },
  finishing: () => fill(10),
  short: () => softmax(logits(), { threads: 2 }),
};

const role = isMainThread ? undefined : workerData?.role; // not of a test runner's threads
if (role !== undefined) roles[role](workerData);
else if (require.main !== module) module.exports = Object.keys(scenarios);
else if (process.argv[2] === 'child') fill(4);
else scenarios[process.argv[2]]().then(() => console.log('ok'));
