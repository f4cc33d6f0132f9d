// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { crossing, row } from '../../../bench/cli/tune.js';
import { binding } from '../../../lib/binding.js';

const timings = (...firstOverSecond: number[]) =>
  firstOverSecond.map((first, i) => ({ bytes: 2 ** (20 + i), first, second: 1 }));

it('finds the size from which on the second way always won', () => {
  expect(crossing(timings(0.5, 0.9, 1.1, 1.5))).toBe(2 ** 22);
  expect(crossing(timings(0.5, 1.2, 0.9, 1.5))).toBe(2 ** 23); // a win below counts for nothing
  expect(crossing(timings(1.1, 1.2))).toBe(2 ** 20);
  expect(crossing(timings(1.1, 1))).toBeUndefined(); // nor does a tie
});

it('prints a row of the tuning table', () => {
  expect(row('x', [24 * 2 ** 20, 2 ** 20])).toMatch(/\n {2}\{24 \* kMiB, kMiB, "measured"\}$/);
  expect(row('x', [undefined, 2 ** 18])).toMatch(
    /\n {2}\{SIZE_MAX, 256 \* kMiB \/ 1024, "measured"\}\nSIZE_MAX: /,
  );
});

it('lets a plan stream from another size on, and back', () => {
  const x = new Float32Array(2 ** 14 + 2048);
  const auto = Int32Array.from([0, 0, 0, 1, 1]);
  const plan = () => binding.measure.plan(x, x, 0, 1, 2 ** 14, auto);
  const own = plan();
  binding.measure.assume(1);
  expect(plan()).toEqual(['recompute, streaming stores, 1 thread']);
  binding.measure.assume();
  expect(plan()).toEqual(own);
  expect(own).toEqual(['reload, 1 thread']);
});

it('sweeps the sizes on this processor', { timeout: 60_000 }, () => {
  const program = join(__dirname, '..', '..', '..', 'dist', 'cli.js');
  const options = ['tune', '--seconds', '0.01', '--largest', '1'];
  const text = execFileSync(process.execPath, [program, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(text).toMatch(/^512 KiB( +\d+\.\d+){3}$/m);
  expect(text).toMatch(/^64 KiB( +\d+\.\d+){3}$/m);
  expect(text).toMatch(/^ {2}\{.+, .+, "measured"\}$/m);
});
