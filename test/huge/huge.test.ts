// SPDX-License-Identifier: MIT
// One row beyond 2^31 elements, in place: sizes and indices that do not fit 32 bits. Needs 9 GB.
import { expect, it } from 'vitest';
import { softmax } from '../../lib/index.js';

const period = 1000;
const n = 2 ** 31 + 12_345;
/** Every logit recurs, but for one at the very end that no 32-bit count reaches. */
const pattern = Float32Array.from({ length: period }, (_, i) => Math.sin(i) * 4);
const last = 20;

it('a row of more than 2^31 elements, in place', () => {
  const row = new Float32Array(n);
  row.set(pattern);
  for (let filled = period; filled < n; filled *= 2) {
    row.copyWithin(filled, 0, Math.min(filled, n - filled));
  }
  row[n - 1] = last;

  const whole = Math.floor(n / period);
  let sum = Math.exp(last) - Math.exp(pattern[(n - 1) % period] as number);
  for (let i = 0; i < period; i++) {
    sum += (whole + Number(i < n % period)) * Math.exp(pattern[i] as number);
  }
  expect(softmax(row, { out: row })).toBe(row);

  const expected = (i: number) =>
    Math.exp(i === n - 1 ? last : (pattern[i % period] as number)) / sum;
  let worst = 0;
  for (let i = 0; i < n; i += i > 2 ** 31 - 5000 || i < 5000 ? 1 : 9973) {
    worst = Math.max(worst, Math.abs((row[i] as number) / expected(i) - 1));
  }
  expect(worst).toBeLessThan(3 * 2 ** -23);
});
