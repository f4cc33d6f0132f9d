// SPDX-License-Identifier: MIT
// npm run test:soak: 10^7 blocking calls, 10^6 promises and 300 workers that load and leave, without
// memory growing. `-- 100` for a hundredth of them.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const { softmax, softmaxAsync } = createRequire(import.meta.url)('../../dist/index.js');
const dist = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const part = Number(process.argv[2] ?? 1);
const mib = () => {
  gc();
  return process.memoryUsage.rss() / 2 ** 20;
};

/** The growth after the rounds, 300 at least, in which the heap finds its size. */
async function grown(name, times, round, most) {
  for (let i = 0; i < Math.max(times / 10, 300); i++) await round();
  const before = mib();
  for (let i = 0; i < times; i++) await round();
  const growth = mib() - before;
  console.log(`${name}: ${growth.toFixed(2)} MiB more than ${before.toFixed(1)} MiB`);
  if (growth > most) process.exitCode = 1;
}

const x = new Float32Array(64);
const out = new Float32Array(64);
const many = () => {
  for (let i = 0; i < 1000; i++) softmax(x, { out });
};
const promises = async () => {
  const { signal } = new AbortController();
  const call = (_, i) => softmaxAsync(x, i % 2 ? { out } : { signal });
  await Promise.all(Array.from({ length: 100 }, call));
};
await grown('blocking calls', 10_000 / part, many, 1);
await grown('promises', 10_000 / part, promises, 8); // the young heap alone moves by 5

const before = mib();
for (let i = 0; i < 300 / part; i++) {
  const worker = new Worker(`require(${JSON.stringify(dist)}).softmax(new Float32Array(64))`, {
    eval: true,
  });
  await new Promise((resolve) => worker.on('exit', resolve));
}
const growth = mib() - before;
console.log(`workers: ${growth.toFixed(2)} MiB more`);
if (growth > 16) process.exitCode = 1;
