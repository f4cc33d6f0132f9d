// SPDX-License-Identifier: MIT
// npm run test:latency: fs.stat beside a full queue (99th percentile below 20 ms), and how long
// process.exit takes with one (below 100 ms).
import { fork } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { softmaxAsync } = createRequire(import.meta.url)('../../dist/index.js');
const file = fileURLToPath(import.meta.url);
const now = () => Number(process.hrtime.bigint()) / 1e6; // one clock for all processes
const quantile = (times, q) => times.sort((a, b) => a - b)[Math.floor(q * (times.length - 1))];

/**
 * Elements of the jobs that fill the queue. The copies are made on the event loop: of rows of 2^25
 * each takes longer than 20 ms.
 */
const sizes = { 'rows of 151,936': 151_936, 'rows of 2^20': 2 ** 20, 'rows of 2^25': 2 ** 25 };

function fill(n, goesOn) {
  const x = new Float32Array(n);
  const again = () =>
    softmaxAsync(x).then(
      () => goesOn() && again(),
      () => undefined,
    );
  const count = Math.min(1026, 2 + Math.floor(2 ** 28 / n));
  return Promise.all(Array.from({ length: count }, again));
}

async function stats(n, count) {
  const times = [];
  let left = count;
  const load = n > 0 ? fill(n, () => left > 0) : undefined;
  for (; left > 0; left--) {
    const start = now();
    await stat(file);
    times.push(now() - start);
    await new Promise(setImmediate);
  }
  await load;
  return times;
}

function exit(n) {
  return new Promise((resolve) => {
    let start;
    const child = fork(file, [String(n)]);
    child.on('message', (time) => (start = time));
    child.on('exit', () => resolve(now() - start));
  });
}

async function main() {
  let good = true;
  const report = (what, time, most) => {
    good &&= time < most;
    console.log(`${what}: ${time.toFixed(2)} ms${time < most ? '' : `, not below ${most}`}`);
  };
  report('fs.stat, 99th percentile, no load', quantile(await stats(0, 1000), 0.99), 20);
  for (const [name, n] of Object.entries(sizes).slice(0, 2)) {
    report(`fs.stat, 99th percentile, ${name}`, quantile(await stats(n, 1000), 0.99), 20);
  }
  for (const [name, n] of Object.entries(sizes)) {
    const times = [];
    for (let i = 0; i < 10; i++) times.push(await exit(n));
    report(`process.exit, median of 10, ${name}`, quantile(times, 0.5), 100);
  }
  process.exitCode = good ? 0 : 1;
}

if (process.argv[2] === undefined) {
  await main();
} else {
  fill(Number(process.argv[2]), () => true);
  setTimeout(() => process.send(now(), () => process.exit(0)), 50);
}
