// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { softmaxOnWorkers } from '../../../bench/examples/shards.mjs';
import { softmax } from '../../../lib/index.js';
import { logits } from '../../lib/reference.js';

const shared = (length: number) => new Float32Array(new SharedArrayBuffer(4 * length));
const bits = (floats: Float32Array) => new Int32Array(floats.buffer);

it.each([
  [1, 10, 2],
  [7, 10, 3],
  [1000, 30, 1],
  [5000, 1000, 3],
  [100_003, 30, 2],
])('a row of %i within %i on %i workers is within 1 ULP of one call', async (n, range, count) => {
  const row = shared(n);
  row.set(logits(n, range));
  const want = bits(softmax(row, { out: shared(n) }));
  const out = shared(n);
  await softmaxOnWorkers(row, out, count);
  expect(bits(out).every((y, i) => Math.abs(y - (want[i] as number)) <= 1)).toBe(true);
  await softmaxOnWorkers(row, row, count);
  expect(row).toEqual(out);
});

it('runs from the command line', () => {
  const file = join(__dirname, '../../../bench/examples/shards.mjs');
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  expect(output).toMatch(/^1000000 logits on 4 workers: at most [01] ULP from one call\n$/);
});
