// SPDX-License-Identifier: MIT
// Inner axes against contiguous rows: the same rows, along the axis of [outer, n, inner] and copied
// out contiguous, by turns on the same buffers. Ends with 1 if the inner axis has less than half
// the speed, or other bits.
import { cpu, softmax } from '../../dist/index.mjs';
import { median, time } from './measure.js';
import { table } from './print.js';
import { uniform } from './random.js';

const LEAST = 0.5;
const ELEMENTS_PER_RUN = 2 ** 19;
const ROUNDS = 41;

const shapes: readonly (readonly [outer: number, n: number, inner: number])[] = [
  [64, 256, 49],
  [16, 64, 3136],
  [8, 21, 16_384],
  [1, 21, 262_144],
  [8, 1000, 196],
  [1, 500, 1000],
  [1, 2000, 1000],
  [1, 1000, 4096],
  [1, 300, 5000],
  [1, 4000, 2000],
  [1, 10_000, 1024],
  [1, 30_000, 128],
  [1, 151_936, 4],
  [5000, 20, 4],
  [1000, 100, 3],
  [1000, 140, 2],
  [1000, 150, 2],
];

/** Contiguous rows of what lies along an inner axis. */
function contiguous(x: Float32Array, outer: number, n: number, inner: number): Float32Array {
  const rows = new Float32Array(x.length);
  for (let o = 0, at = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let c = 0; c < n; c++) rows[at++] = x[(o * n + c) * inner + i] as number;
    }
  }
  return rows;
}

const equal = (a: Float32Array, b: Float32Array) => a.every((value, i) => value === b[i]);

let failed = false;
const lines: string[][] = [];
for (const [outer, n, inner] of shapes) {
  const x = Float32Array.from({ length: outer * n * inner }, () => 20 * uniform() - 10);
  const rows = contiguous(x, outer, n, inner);
  const [out, of] = [new Float32Array(x.length), new Float32Array(x.length)];
  const repeats = Math.ceil(ELEMENTS_PER_RUN / x.length);
  const along = { out, shape: [outer, n, inner], axis: 1, threads: 1 };
  const beside = { out: of, shape: [outer * inner, n], threads: 1 };
  const contenders = [{ run: () => softmax(x, along) }, { run: () => softmax(rows, beside) }];
  const [inners = [], contiguouses = []] = await time(contenders, ROUNDS, [repeats, repeats]);
  const speed = median(inners.map((sample, round) => (contiguouses[round] ?? 0) / sample));
  const same = equal(contiguous(out, outer, n, inner), of);
  failed ||= speed < LEAST || !same;
  const verdict = same ? (speed < LEAST ? 'too slow' : '') : 'other bits';
  const each = (samples: readonly number[]) => ((1e3 * median(samples)) / x.length).toFixed(3);
  lines.push([
    `${outer}x${n}x${inner}`,
    each(contiguouses),
    each(inners),
    speed.toFixed(2),
    verdict,
  ]);
}
const head = ['axis 1 of', 'rows, ns/element', 'inner axis', 'its speed', ''];
console.log(`${table([head, ...lines], 1)}\n\n${cpu().microarchitecture}, ${cpu().isa}`);
process.exitCode = failed ? 1 : 0;
