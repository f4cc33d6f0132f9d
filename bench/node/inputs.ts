// SPDX-License-Identifier: MIT
// The same speed on every input: the time of rows that other code is slow on, against the best of
// them. Ends with 1 if one takes more than 1.15 times that, or the exact path more than 2.5 times.
import { softmax } from '../../dist/index.mjs';
import { median } from './measure.js';
import { table } from './print.js';
import { uniform } from './random.js';

const MOST = 1.15;
const MOST_EXACT = 2.5;
const ELEMENTS_PER_RUN = 2 ** 18;
const ROUNDS = 61;

const masked = Number.NEGATIVE_INFINITY;
const ALL_MASKED = 'all masked'; // has nothing to compute: not the best that others must reach

const inputs: Record<string, (i: number) => number> = {
  'uniform, -10 to 10': () => 20 * uniform() - 10,
  'uniform, -1000 to 1000': () => 2000 * uniform() - 1000,
  'all equal': () => 1,
  'results near 2^-126': (i) => (i === 0 ? 0 : -87.5 + uniform()),
  'results below 2^-126': (i) => (i === 0 ? 0 : -100 + uniform()),
  'half masked': (i) => (i % 2 === 0 ? masked : 20 * uniform() - 10),
  [ALL_MASKED]: () => masked,
  'logits of 1e-25': () => 1e-25 * uniform(),
  'subnormal logits': () => 1e-40 * uniform(),
};
const exact: Record<string, (i: number) => number> = {
  'uniform + 1e6': () => 1e6 + 20 * uniform(),
  'uniform - 1e6': () => -1e6 + 20 * uniform(),
  'one of 3e38': (i) => (i === 0 ? 3e38 : 20 * uniform()),
};

/**
 * The time of each kind as a multiple of the first's: the median over rounds, all kinds in each, on
 * the same buffers.
 */
function ratios(
  kinds: readonly Float32Array[],
  x: Float32Array,
  run: () => void,
): { first: number; ratios: number[] } {
  const rounds = Array.from({ length: ROUNDS }, () =>
    kinds.map((logits) => {
      x.set(logits);
      run();
      const start = performance.now();
      run();
      return performance.now() - start;
    }),
  );
  const first = median(rounds.map(([time = 0]) => time));
  const relative = kinds.map((_, k) =>
    median(rounds.map((times) => (times[k] ?? 0) / (times[0] ?? 0))),
  );
  return { first, ratios: relative };
}

let failed = false;
for (const n of [16, 100, 1000, 2 ** 16, 2 ** 22]) {
  const length = n * Math.max(1, Math.floor(2 ** 16 / n));
  const out = new Float32Array(length);
  const options = { out, shape: [length / n, n], threads: 1 };
  const repeats = Math.ceil(ELEMENTS_PER_RUN / length);
  const kinds = Object.entries({ ...inputs, ...exact });
  const x = new Float32Array(length);
  const run = () => {
    for (let i = 0; i < repeats; i++) softmax(x, options);
  };
  const drawn = kinds.map(([, draw]) => Float32Array.from({ length }, (_, i) => draw(i % n)));
  const { first, ratios: relative } = ratios(drawn, x, run);
  const best = Math.min(...relative.filter((_, k) => kinds[k]?.[0] !== ALL_MASKED));
  const lines = kinds.map(([name], k) => {
    const ratio = relative[k] ?? Number.NaN;
    const good = ratio / best <= (name in exact ? MOST_EXACT : MOST);
    failed ||= !good;
    const nanoseconds = (1e6 * first * ratio) / (repeats * length);
    return [name, nanoseconds.toFixed(3), (ratio / best).toFixed(2), good ? '' : 'too slow'];
  });
  const head = [`rows of ${n.toLocaleString('en')}`, 'ns/element', 'to the best', ''];
  console.log(`${table([head, ...lines], 1)}\n`);
}
process.exitCode = failed ? 1 : 0;
