// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { confidences, digits, table } from '../../../bench/node/print.js';

it('aligns text to the left and figures to the right', () => {
  const rows = [
    ['isa', 'us', 'speed'],
    ['scalar', '1234.5', '0.50'],
  ];
  expect(table(rows, 1)).toBe('isa         us  speed\nscalar  1234.5   0.50');
});

it('puts every character above its confidence and breaks lines that are too long', () => {
  const read = [
    { character: 'a', confidence: 1 },
    { character: ' ', confidence: 0.5 },
    { character: 'b', confidence: 0.0625 },
  ];
  const lines = confidences(read, 12).split('\n');
  expect(lines).toEqual(['     a     \u2423', ' 100.0  50.0', '', '     b', '   6.3', '']);
  expect(confidences([], 80)).toBe('');
});

it.each([
  [0.12345, '0.123'],
  [1.5, '1.50'],
  [99.95, '100'],
  [12345.6, '12,346'],
])('writes %f with the digits that count', (value, text) => {
  expect(digits(value)).toBe(text);
});
