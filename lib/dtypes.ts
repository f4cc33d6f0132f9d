// SPDX-License-Identifier: MIT
// Table: the arrays that can be computed with. What depends on the type is a column here.
import { types } from 'node:util';
import { failure, type SoftmaxError, show } from './errors.js';
import type { Float16, HalfDtype, Logits, Output } from './types.js';

/** The element types, in the order of the native table (native/tables/dtypes.h). */
export const elements = ['float32', 'float16', 'bfloat16', 'float64'] as const;

/** What the native side reads and writes. */
export type View = Float32Array | Float64Array | Uint16Array | Float16;

export interface Dtype {
  /** The array's class, as messages name it. */
  readonly array: string;
  readonly element: (typeof elements)[number];
  /** True for arrays of any realm; false for proxies and look-alikes. */
  readonly is: (value: unknown) => boolean;
  /** In `memory`, of just that size, or new. */
  readonly create: (length: number, memory?: ArrayBuffer) => View;
  readonly bytes: number;
  /** The value of `options.dtype` that chooses it, if one must. */
  readonly half: HalfDtype | undefined;
}

// The accessors of %TypedArray%, which read internal slots: neither a subclass nor a proxy can lie
// to them.
const typedArray = Object.getPrototypeOf(Float32Array.prototype);
const getter = (name: string | symbol) =>
  Object.getOwnPropertyDescriptor(typedArray, name)?.get as () => unknown;
const lengthGetter = getter('length');
const bufferGetter = getter('buffer');
const nameGetter = getter(Symbol.toStringTag);
const at: (index: number) => unknown = typedArray.at;
const set: (from: View) => void = typedArray.set;

const classOf = (value: unknown) => Reflect.apply(nameGetter, value, []);
const is = (array: string) => (value: unknown) => classOf(value) === array;
const isArray = (value: unknown): value is unknown[] =>
  !types.isProxy(value) && Array.isArray(value); // which throws where a proxy is revoked

const { Float16Array } = globalThis as { Float16Array?: ArrayClass };
const uint16 = { array: 'Uint16Array', is: is('Uint16Array') };

type ArrayClass = { new (from: number | ArrayBuffer): View; readonly BYTES_PER_ELEMENT: number };
const made = (array: ArrayClass) => ({
  bytes: array.BYTES_PER_ELEMENT,
  create: (length: number, memory?: ArrayBuffer) => {
    try {
      return new array(memory ?? length);
    } catch {
      throw failure('ERR_OUT_OF_RANGE', 'input', 'a length that fits in memory', `${length}`);
    }
  },
});

export const float32: Dtype = {
  array: 'Float32Array',
  element: 'float32',
  is: is('Float32Array'),
  ...made(Float32Array),
  half: undefined,
};
const float64: Dtype = {
  array: 'Float64Array',
  element: 'float64',
  is: is('Float64Array'),
  ...made(Float64Array),
  half: undefined,
};
/** Computed with as copies in float64. */
const numbers: Dtype = { ...float64, array: 'number[]', is: isArray };

const dtypes: readonly Dtype[] = [
  float32,
  float64,
  ...(Float16Array === undefined
    ? []
    : [
        {
          array: 'Float16Array',
          element: 'float16',
          is: is('Float16Array'),
          ...made(Float16Array),
          half: undefined,
        } as const,
      ]),
  ...(['float16', 'bfloat16'] as const).map((half) => ({
    ...uint16,
    element: half,
    ...made(Uint16Array),
    half,
  })),
  numbers,
];

const byArray = new Map<unknown, readonly Dtype[]>(
  dtypes.map(({ array }) => [array, dtypes.filter((dtype) => dtype.array === array)]),
);

/** The rows of the table that `value` belongs to: two for a Uint16Array. */
export function dtypesOf(value: unknown, argument: string): readonly Dtype[] {
  const found = byArray.get(classOf(value) ?? (isArray(value) ? numbers.array : undefined));
  if (found === undefined) {
    const names = [...new Set(dtypes.map(({ array }) => array))].join(', ');
    throw failure('ERR_INVALID_ARG_TYPE', argument, `one of ${names}`, show(value) + hint(value));
  }
  return found;
}

/** What to pass instead, where that is known; no code of a proxy's runs. */
function hint(value: unknown): string {
  if (ArrayBuffer.isView(value) && Buffer.isBuffer(value)) {
    return ' (new Float32Array(b.buffer, b.byteOffset, b.length / 4) views its bytes as floats)';
  }
  // Those of onnxruntime-node are of a class Tensor, those of transformers.js are proxies.
  const isTensor =
    types.isProxy(value) || (typeof value === 'object' && /Tensor\b/.test(show(value)));
  return isTensor ? ' (of a tensor, pass its data)' : '';
}

/** The one of them that `options.dtype` chooses. A Float16Array may be called what it is. */
export function chosen(found: readonly Dtype[], half: HalfDtype | undefined): Dtype {
  const dtype = found.find((candidate) => half === candidate.half || half === candidate.element);
  if (dtype === undefined) {
    const halves = found.flatMap((candidate) => candidate.half ?? []);
    const expected =
      halves.length > 0
        ? `${halves.map((name) => `'${name}'`).join(' or ')} beside a Uint16Array`
        : `nothing beside a ${found[0]?.array}`;
    throw failure('ERR_INVALID_ARG_VALUE', 'options.dtype', expected, show(half));
  }
  return dtype;
}

/** Rounds to the type that the arithmetic is done in. */
export function roundOf({ element }: Dtype): (value: number) => number {
  return element === 'float64' ? Number : Math.fround;
}

/** The logits as the native side reads them. Looks at each element of a number[] once. */
export function viewOf(input: Logits, dtype: Dtype, argument: string): View {
  if (dtype !== numbers) return input as View;
  const { length } = input;
  const view = float64.create(length);
  for (let i = 0; i < length; i++) {
    const value: unknown = input[i];
    if (typeof value !== 'number') {
      const advice = isArray(value) ? ' (options.shape makes rows of one flat array)' : '';
      throw failure('ERR_INVALID_ARG_TYPE', `${argument}[${i}]`, 'a number', show(value) + advice);
    }
    view[i] = value;
  }
  return view;
}

/** Where a result goes: `view` is written by the native side, `result` is what the caller gets. */
export interface Target {
  readonly view: View;
  readonly dtype: Dtype;
  readonly result: () => Output;
}

/** Room for `length` results: in `out`, or new. */
export function targetOf(dtype: Dtype, length: number, out: unknown): Target {
  if (dtype === numbers) return numbersTarget(length, out);
  if (out === undefined) return target(dtype.create(length), dtype);
  const type = dtype.is(out) || !isHalf(dtype) ? dtype : float32;
  if (!type.is(out)) {
    const expected = `a ${dtype.array}, as the input is${isHalf(dtype) ? ', or a Float32Array' : ''}`;
    throw failure('ERR_INVALID_ARG_TYPE', 'options.out', expected, show(out));
  }
  checkLength(attachedLength(out as View, 'options.out'), length);
  return target(out as View, type);
}

/** Of memory that can be neither detached nor shrunk: it may be read from another thread. */
export function isShared(view: View): boolean {
  return types.isSharedArrayBuffer(Reflect.apply(bufferGetter, view, []));
}

/** Whether what `viewOf` gives is an array of ours already. */
export function isCopied(dtype: Dtype): boolean {
  return dtype === numbers;
}

/** Fills `copy`, an array of ours, with what `view` holds, if that is as long still. */
export function copyOver(copy: View, view: View): void {
  if (attachedLength(view, 'input') !== copy.length) throw changed('input', copy.length);
  Reflect.apply(set, copy, [view]);
}

/** The results in `view`, an array of ours: itself, or in `out`, if that can still hold them. */
export function delivered(dtype: Dtype, view: View, out: unknown): Output {
  if (out === undefined) return dtype === numbers ? Array.from(view) : view;
  try {
    const target = targetOf(dtype, view.length, out);
    Reflect.apply(set, target.view, [view]);
    return target.result();
  } catch (error) {
    throw changed('options.out', view.length, error);
  }
}

function changed(argument: string, length: number, cause?: unknown): SoftmaxError {
  const expected = `the ${length} elements that it had at the call`;
  const received = cause instanceof Error ? cause.message : 'another array';
  return failure('ERR_INVALID_STATE', argument, expected, received);
}

const isHalf = ({ element }: Dtype) => element === 'float16' || element === 'bfloat16';
const target = (view: View, dtype: Dtype): Target => ({ view, dtype, result: () => view });

function numbersTarget(length: number, out: unknown): Target {
  const view = float64.create(length);
  if (out === undefined) return { view, dtype: numbers, result: () => Array.from(view) };
  if (!isArray(out)) {
    throw failure('ERR_INVALID_ARG_TYPE', 'options.out', 'a number[], as the input is', show(out));
  }
  checkLength(out.length, length);
  if (Object.isFrozen(out)) {
    throw failure('ERR_INVALID_ARG_VALUE', 'options.out', 'an array that is not frozen', show(out));
  }
  const result = () => {
    for (let i = 0; i < length; i++) out[i] = view[i];
    return out as number[];
  };
  return { view, dtype: numbers, result };
}

function checkLength(length: number, expected: number): void {
  if (length !== expected) {
    const elementsExpected = `${expected} elements, as the input has`;
    throw failure('ERR_INVALID_ARG_VALUE', 'options.out', elementsExpected, `${length}`);
  }
}

/** The length of `view`, which must lie inside a buffer that is still there. */
export function attachedLength(view: ArrayBufferView, argument: string): number {
  const length = Reflect.apply(lengthGetter, view, []) as number;
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
