// SPDX-License-Identifier: MIT
// Table: the array types that can be computed with. What depends on the type is a column here.
import { types } from 'node:util';
import { failure, show } from './errors.js';

export interface Dtype {
  /** The array's class, as messages name it. */
  readonly name: string;
  /** True for arrays of any realm; false for proxies and look-alikes. */
  readonly is: (value: unknown) => value is Float32Array;
  readonly create: (length: number) => Float32Array;
  /** Rounds to the type that the arithmetic is done in. */
  readonly round: (value: number) => number;
}

const dtypes: readonly Dtype[] = [
  {
    name: 'Float32Array',
    is: types.isFloat32Array,
    create: (length) => new Float32Array(length),
    round: Math.fround,
  },
];

/** The row of the table that `value` belongs to. */
export function dtypeOf(value: unknown, argument: string): Dtype {
  const dtype = dtypes.find(({ is }) => is(value));
  if (dtype === undefined) {
    const names = dtypes.map(({ name }) => `a ${name}`).join(' or ');
    const hint = Buffer.isBuffer(value)
      ? ' (new Float32Array(b.buffer, b.byteOffset, b.length / 4) views its bytes as floats)'
      : '';
    throw failure('ERR_INVALID_ARG_TYPE', argument, names, show(value) + hint);
  }
  return dtype;
}

// The accessors of %TypedArray%, which read internal slots: a subclass cannot lie to them.
const typedArray = Object.getPrototypeOf(Float32Array.prototype);
const lengthGetter = Object.getOwnPropertyDescriptor(typedArray, 'length')?.get as () => number;
const at: (index: number) => unknown = typedArray.at;

/** The length of `view`, which must lie inside a buffer that is still there. */
export function attachedLength(view: ArrayBufferView, argument: string): number {
  const length = Reflect.apply(lengthGetter, view, []);
  if (length === 0) {
    // Detached and out-of-bounds views say 0 too; only the methods tell them from empty ones.
    try {
      Reflect.apply(at, view, [0]);
    } catch {
      const expected = 'a view inside its buffer';
      const received = 'one whose buffer was detached or shrunk';
      throw failure('ERR_INVALID_ARG_VALUE', argument, expected, received);
    }
  }
  return length;
}
