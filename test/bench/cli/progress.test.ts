// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { duration, ProgressLine } from '../../../bench/cli/progress.js';

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 20, write: (text: string) => written.push(text) };
}

it('rewrites one line on a terminal, cut to its width, and clears it', () => {
  let now = 0;
  const screen = terminal(true);
  const progress = new ProgressLine(screen, () => now);
  progress.show(0, 'sizes');
  now = 30_000;
  progress.show(0.25, 'sizes');
  progress.end();
  expect(screen.written).toEqual([
    '\r\x1b[2K0 %: sizes',
    '\r\x1b[2K25 %, 1 min 30 s le',
    '\r\x1b[2K',
  ]);
});

it('writes a line for each tenth elsewhere', () => {
  const file = terminal(false);
  const progress = new ProgressLine(file, () => 0);
  for (const done of [0, 0.01, 0.05, 0.12, 0.19, 0.35]) progress.show(done, 'x');
  progress.end();
  expect(file.written.map((line) => line.split(' ')[0])).toEqual(['0', '12', '35']);
});

it.each([
  [0.4, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min 0 s'],
  [3725, '62 min 5 s'],
])('%f seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
