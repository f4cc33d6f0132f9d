// SPDX-License-Identifier: MIT
// Softmax of one row on several worker threads. The row lies in shared memory; every worker sums the
// exponentials of its part, gets the merged sum, and writes the probabilities of its part.
//
//   npm run build && node bench/examples/shards.mjs
import { once } from 'node:events';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { mergeSumExp, softmax, softmaxFrom, sumExp } from '../../dist/index.mjs';

const file = fileURLToPath(import.meta.url);

/**
 * Probabilities of `row` in `out`, computed by `count` workers.
 *
 * @param {Float32Array} row - A view of a SharedArrayBuffer.
 * @param {Float32Array} out - Of the same length, shared too; may be the row itself.
 * @param {number} count
 */
export async function softmaxOnWorkers(row, out, count) {
  const workers = Array.from({ length: count }, (_, i) => {
    const part = [Math.floor((row.length * i) / count), Math.floor((row.length * (i + 1)) / count)];
    const views = [row, out].map((view) => view.subarray(...part));
    return new Worker(file, { workerData: views });
  });
  const answers = () => Promise.all(workers.map((worker) => once(worker, 'message')));
  const sums = (await answers()).map(([sum]) => sum);
  const sum = mergeSumExp(...sums);
  const done = answers();
  for (const worker of workers) worker.postMessage(sum);
  await done;
}

async function work() {
  const [row, out] = workerData;
  parentPort.postMessage(sumExp(row));
  const [sum] = await once(parentPort, 'message');
  softmaxFrom(row, sum, { out });
  parentPort.postMessage('done');
}

async function demonstrate() {
  const length = 1_000_000;
  const shared = () => new Float32Array(new SharedArrayBuffer(4 * length));
  const [row, out] = [shared(), shared()];
  for (let i = 0; i < length; i++) row[i] = 20 * Math.sin(i * i);
  await softmaxOnWorkers(row, out, 4);
  const bits = (floats) => new Int32Array(floats.buffer);
  const whole = bits(softmax(row, { out: shared() }));
  const farthest = bits(out).reduce((most, y, i) => Math.max(most, Math.abs(y - whole[i])), 0);
  console.log(`${length} logits on 4 workers: at most ${farthest} ULP from one call`);
}

if (Array.isArray(workerData)) await work();
else if (argv[1] === file) await demonstrate();
