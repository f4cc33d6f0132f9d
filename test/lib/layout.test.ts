// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { layout } from '../../lib/layout.js';

describe('layout', () => {
  it.each([
    [5, undefined, undefined, [1, 5, 1]],
    [24, [2, 3, 4], undefined, [6, 4, 1]],
    [24, [2, 3, 4], 0, [1, 2, 12]],
    [24, [2, 3, 4], 1, [2, 3, 4]],
    [24, [2, 3, 4], 2, [6, 4, 1]],
    [24, [2, 3, 4], -1, [6, 4, 1]],
    [24, [2, 3, 4], -2, [2, 3, 4]],
    [24, [2, 3, 4], -3, [1, 2, 12]],
    [1, [], undefined, [1, 1, 1]],
    [1, [], 0, [1, 1, 1]],
    [1, [1, 1], 0, [1, 1, 1]],
  ])('length %i, shape %o, axis %o', (length, shape, axis, [outer, n, inner]) => {
    expect(layout(length, shape, axis)).toEqual({ outer, n, inner });
  });

  it.each([
    [[0]],
    [[0, 5]],
    [[5, 0]],
    [[2 ** 53 - 1, 2 ** 53 - 1, 0]],
    [
      Array(40)
        .fill(2 ** 50)
        .concat(0),
    ],
  ])('nothing to walk for shape %o', (shape) => {
    expect(layout(0, shape)).toEqual({ outer: 0, n: 0, inner: 0 });
  });

  it.each([
    [24, [2, 3, 5]],
    [24, [2, 3]],
    [24, [24, 0]],
    [24, []],
    [0, []],
    [0, [2 ** 27, 2 ** 27]],
    [24, Array(40).fill(2 ** 50)],
  ])('length %i is not that of shape %o', (length, shape) => {
    expect(() => layout(length, shape)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' }),
    );
  });

  it.each([
    [24, [2, 3, 4], 3],
    [24, [2, 3, 4], -4],
    [24, undefined, 1],
    [24, undefined, -2],
    [1, [], 1],
    [1, [], -2],
    [0, [0, 2], 2],
  ])('length %i, shape %o has no axis %i', (length, shape, axis) => {
    expect(() => layout(length, shape, axis)).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_RANGE', name: 'RangeError' }),
    );
  });
});
