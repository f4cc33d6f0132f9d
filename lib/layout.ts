// SPDX-License-Identifier: MIT
// From shape and axis to the three numbers the kernels walk by.
import { failure } from './errors.js';

/** A row-major array as [outer, n, inner]: rows of n elements that lie `inner` apart. */
export interface Layout {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

function product(dimensions: readonly number[], begin: number, end: number): number {
  let all = 1;
  for (let i = begin; i < end; i++) {
    const dimension = dimensions[i] as number;
    if (dimension === 0) return 0; // whatever an overflow has made of the others
    all *= dimension;
  }
  return all;
}

/** `shape` and `axis` have integers in them already; here they are held against `length`. */
export function layout(length: number, shape?: readonly number[], axis = -1): Layout {
  if (shape !== undefined && product(shape, 0, shape.length) !== length) {
    const expected = `dimensions whose product is the input's length ${length}`;
    throw failure('ERR_INVALID_ARG_VALUE', 'options.shape', expected, `[${shape.join(', ')}]`);
  }
  const rank = shape === undefined || shape.length === 0 ? 1 : shape.length; // a scalar is a row
  if (axis < -rank || axis >= rank) {
    const expected = `an integer in [${-rank}, ${rank - 1}]`;
    throw failure('ERR_OUT_OF_RANGE', 'options.axis', expected, `${axis}`);
  }
  if (length === 0) return { outer: 0, n: 0, inner: 0 };
  if (shape === undefined) return { outer: 1, n: length, inner: 1 };
  const at = axis < 0 ? axis + rank : axis;
  return {
    outer: product(shape, 0, at),
    n: shape[at] ?? 1,
    inner: product(shape, at + 1, rank),
  };
}
