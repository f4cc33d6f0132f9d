// SPDX-License-Identifier: MIT
// The queue before libuv's threads: few jobs run at a time, the rest waits here, where it costs no
// thread, can be taken back, and dies with its environment.
import timers from 'node:timers';
import { isMainThread } from 'node:worker_threads';
import { binding, Status } from './binding.js';
import { failure } from './errors.js';

/** Of each thread of JavaScript. Two of libuv's four threads stay free for files and names. */
export const limits = { running: 2, waiting: 1024, waitingBytes: 1_073_741_824 } as const;

/** Hands the work over; `done` will be called with a status, unless another one is returned now. */
export type Start = (flag: Int32Array, done: (status: number) => void) => number;

interface Job {
  readonly bytes: number;
  readonly start: Start;
  /** Raised, it ends the work early. */
  readonly flag: Int32Array;
  settle(status: number): void;
}

// Node's own, as it is today: test environments replace the global one, or take it away (jsdom).
const { setImmediate } = timers;

const waiting = new Set<Job>();
const running = new Set<Job>();
let waitingBytes = 0;

/**
 * The status of a job, when it is done. `copy` fills the arrays of the job, `bytes` in all. What it
 * throws is the promise's rejection, and so is the reason that `signal` gives.
 */
export async function enqueue(
  bytes: number,
  signal: AbortSignal | undefined,
  start: Start,
  copy: () => void,
): Promise<number> {
  checkRoom(bytes);
  copy(); // before any code of the signal's runs
  return new Promise<number>((resolve, reject) => {
    const forget = () => unwatch(signal, abort);
    const abort = () => {
      take(job);
      raise(job);
      reject(signal?.reason);
      forget();
    };
    const settle = (status: number) => {
      resolve(status);
      forget();
    };
    const job: Job = { bytes, start, settle, flag: new Int32Array(new SharedArrayBuffer(4)) };
    watch(signal, abort);
    if (signal?.aborted) return abort();
    waiting.add(job);
    waitingBytes += bytes;
    startWaiting();
  });
}

function checkRoom(bytes: number): void {
  if (running.size < limits.running) return;
  const jobs = waiting.size + 1;
  const all = waitingBytes + bytes;
  if (jobs > limits.waiting || all > limits.waitingBytes) {
    const expected = `at most ${limits.waiting} jobs and ${limits.waitingBytes} bytes to wait`;
    throw failure('ERR_QUEUE_FULL', 'two-pass-softmax', expected, `${jobs} jobs, ${all} bytes`);
  }
}

function startWaiting(): void {
  for (const job of waiting) {
    if (running.size === limits.running) return;
    take(job);
    running.add(job);
    const end = (status: number) => {
      running.delete(job);
      job.settle(status);
    };
    const done = (status: number) => {
      ends.push(() => {
        end(status);
        startWaiting();
      });
      if (!isTurnTaken) endNext();
    };
    const status = job.start(job.flag, done);
    if (status !== Status.ok) end(status);
  }
}

/**
 * Of jobs that are done, one ends at a turn of the event loop: large results are copied then, and
 * large inputs of the calls that follow. Until then it counts as running.
 */
const ends: (() => void)[] = [];
let isTurnTaken = false;

function endNext(): void {
  const end = ends.shift();
  isTurnTaken = end !== undefined;
  if (end === undefined) return;
  setImmediate(endNext);
  end();
}

function take(job: Job): void {
  if (waiting.delete(job)) waitingBytes -= job.bytes;
}

function raise({ flag }: Job): void {
  Atomics.store(flag, 0, 1);
}

/** One listener for all jobs of a signal: of more, Node warns. */
const watches = new WeakMap<AbortSignal, { listener: () => void; aborts: Set<() => void> }>();

function watch(signal: AbortSignal | undefined, abort: () => void): void {
  if (signal === undefined) return;
  const { aborts } = watches.get(signal) ?? listen(signal);
  aborts.add(abort);
}

function listen(signal: AbortSignal) {
  const aborts = new Set<() => void>();
  const listener = () => {
    for (const abort of aborts) abort();
  };
  signal.addEventListener('abort', listener);
  watches.set(signal, { listener, aborts });
  return { aborts };
}

function unwatch(signal: AbortSignal | undefined, abort: () => void): void {
  if (signal === undefined) return;
  const watched = watches.get(signal);
  if (!watched?.aborts.delete(abort) || watched.aborts.size > 0) return;
  watches.delete(signal);
  signal.removeEventListener('abort', watched.listener);
}

// The process ends only after its threads have.
process.on('exit', () => {
  for (const job of running) raise(job);
  if (isMainThread) binding.stopAll(); // those of worker threads too
});
