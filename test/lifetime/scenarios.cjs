// SPDX-License-Identifier: MIT
// What may happen to arrays, threads and the process while promises are under way. Usage:
// node --expose-gc scenarios.cjs NAME. A scenario that survives prints `ok`, if it does not exit.
const assert = require('node:assert');
const { fork } = require('node:child_process');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
const { softmax, softmaxAsync, logSoftmaxAsync, sampleAsync } = require('../../dist/index.js');

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
const worker = (role) => new Worker(__filename, { workerData: role });
const online = async (role) => {
  const started = worker(role);
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
  busy() {
    fill();
    setTimeout(() => parentPort.postMessage('busy'), 2);
  },
  async exiting() {
    fill();
    await wait(2);
    process.exit(3);
  },
  finishing: () => fill(10),
  short: () => softmax(logits(), { threads: 2 }),
};

if (!isMainThread) roles[workerData]();
else if (require.main !== module) module.exports = Object.keys(scenarios);
else if (process.argv[2] === 'child') fill(4);
else scenarios[process.argv[2]]().then(() => console.log('ok'));
