// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decode } from '../../../bench/examples/ocr.mjs';
import { decode as fromProbabilities } from '../../../bench/node/ctc.js';
import { softmax } from '../../../lib/index.js';

const classes = ['', 'a', 'b', 'c'];

it('reads characters with the confidence of their surest step', () => {
  const shape = [7, 4] as const;
  const logits = Float32Array.from(
    [
      [0, 5, 1, 2],
      [0, 6, 3, 1], // the same character again, surer
      [9, 1, 0, 0],
      [0, 4, 3, 1], // after a separator: another one
      [0, 1, 8, 2],
      [1, 0, 7, 0],
      [5, 1, 2, 3],
    ].flat(),
  );
  const read = decode(logits, shape, classes);
  expect(read.map(({ character }) => character).join('')).toBe('aab');
  expect(read.map(({ instead }) => instead)).toEqual(['b', 'b', 'c']);
  const want = fromProbabilities(softmax(logits, { shape }), classes);
  expect(read.map(({ confidence }) => confidence)).toEqual(want.map((c) => c.confidence));
});

it('reads a rendered line with the real model', () => {
  const file = join(__dirname, '../../../bench/examples/ocr.mjs');
  const text = 'Softmax 2026';
  const output = execFileSync(process.execPath, [file, text], { encoding: 'utf8' });
  const lines = output.trimEnd().split('\n');
  expect(lines.map((line) => line[0]).join('')).toBe(text);
  for (const line of lines) expect(line).toMatch(/^. {2}\d+\.\d %, or (nothing|.)$/);
});
