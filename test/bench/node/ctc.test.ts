// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { classesOf, decode } from '../../../bench/node/ctc.js';

const classes = classesOf('a\nb\n');

/** Rows of probabilities: the class named gets `p`, the others share the rest. */
const rows = (...steps: [number, number][]) =>
  Float32Array.from(
    steps.flatMap(([best, p]) => classes.map((_, i) => (i === best ? p : (1 - p) / 3))),
  );

it('puts the blank before and the space after the dictionary, with or without a last newline', () => {
  expect(classes).toEqual(['', 'a', 'b', ' ']);
  expect(classesOf('a\r\nb')).toEqual(classes);
  expect(classesOf('\u3000\n')).toEqual(['', '\u3000', ' ']);
});

it('joins repeats, keeps their best confidence, and takes a blank as a separator', () => {
  const a = (p: number): [number, number] => [1, p];
  const blank: [number, number] = [0, 0.875];
  const read = decode(
    rows(blank, a(0.5), a(0.75), a(0.625), blank, a(0.5), [2, 0.5], [3, 0.5]),
    classes,
  );
  expect(read).toEqual([
    { character: 'a', confidence: 0.75 },
    { character: 'a', confidence: 0.5 },
    { character: 'b', confidence: 0.5 },
    { character: ' ', confidence: 0.5 },
  ]);
});

it('reads nothing from blanks or from nothing', () => {
  expect(decode(rows([0, 0.9], [0, 0.9]), classes)).toEqual([]);
  expect(decode(new Float32Array(0), classes)).toEqual([]);
});
