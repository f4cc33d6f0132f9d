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

/** The growth after the first tenth of `times` rounds. */
async function grown(name, times, round, most) {
  for (let i = 0; i < times / 10; i++) await round();
  const before = mib();
  for (let i = 0; i < times * 0.9; i++) await round();
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
const worker = () => {
  const code = `require(${JSON.stringify(dist)}).softmax(new Float32Array(64))`;
  return new Promise((resolve) => new Worker(code, { eval: true }).on('exit', resolve));
};

await grown('blocking calls', 10_000 / part, many, 1);
await grown('promises', 10_000 / part, promises, 3);
await grown('workers', Math.max(30, 300 / part), worker, 8);
