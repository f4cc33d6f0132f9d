// SPDX-License-Identifier: MIT
// From what came to what the native calls on rows take: the part that all of them share.
import type { RowNumbers } from './binding.js';
import { attachedLength, type Dtype, dtypeOf } from './dtypes.js';
import { failure, show } from './errors.js';
import { layout } from './layout.js';
import { type Readers, readOptions } from './options.js';
import { type Isa, isas, type RowOptions } from './types.js';

/** Input and options of a call on rows, checked. */
export interface Arguments<O> {
  readonly input: Float32Array;
  readonly settings: O;
  readonly dtype: Dtype;
  readonly length: number;
  /** How many rows; some even where each has no element. */
  readonly rows: number;
  readonly isa: Isa | 'auto';
  readonly native: RowNumbers;
}

/** The options are read before the array is looked at: a getter may do anything to it. */
export function readArguments<O extends RowOptions>(
  input: unknown,
  options: unknown,
  readers: Readers<O>,
): Arguments<O> {
  const dtype = dtypeOf(input, 'input');
  const settings = readOptions(options, readers);
  const length = attachedLength(input as Float32Array, 'input');
  const { shape = [length], axis = -1, fullyMasked, isa = 'auto', threads = 'auto' } = settings;
  const { outer, n, inner } = layout(length, shape, axis);
  const scale = scaleOf(settings.temperature, dtype);
  if (settings.dtype !== undefined) {
    const expected = `nothing beside a ${dtype.name}`;
    throw failure('ERR_INVALID_ARG_VALUE', 'options.dtype', expected, show(settings.dtype));
  }
  return {
    input: input as Float32Array,
    settings,
    dtype,
    length,
    rows: length > 0 ? outer * inner : emptyRows(shape, axis),
    isa,
    native: [
      outer,
      n,
      inner,
      scale,
      Number(fullyMasked === 'zeros'),
      isa === 'auto' ? -1 : isas.indexOf(isa),
      threads === 'auto' ? 0 : Math.min(threads, 0xffffffff),
    ],
  };
}

/** `options.out` if it can hold the result, or a new array. */
export function outputOf(call: Arguments<{ readonly out?: Float32Array }>): Float32Array {
  const { settings, dtype, length } = call;
  const { out = dtype.create(length) } = settings;
  if (!dtype.is(out)) {
    const expected = `a ${dtype.name}, as the input is`;
    throw failure('ERR_INVALID_ARG_TYPE', 'options.out', expected, show(out));
  }
  const outLength = attachedLength(out, 'options.out');
  if (outLength !== length) {
    const expected = `${length} elements, as the input has`;
    throw failure('ERR_INVALID_ARG_VALUE', 'options.out', expected, `${outLength}`);
  }
  return out;
}

/** Room for one number per row. */
export function valuesOf({ rows }: Arguments<RowOptions>): Float64Array {
  try {
    return new Float64Array(rows);
  } catch {
    throw failure('ERR_OUT_OF_RANGE', 'options.shape', 'rows that fit in memory', `${rows}`);
  }
}

function emptyRows(shape: readonly number[], axis: number): number {
  const others = shape.filter((_, i) => i !== axis && i !== axis + shape.length);
  return others.includes(0) ? 0 : others.reduce((a, b) => a * b, 1);
}

/** What the native calls multiply with; 0 is 'adaptive'. Greedy, temperature 0, leaves all as is. */
function scaleOf(temperature: number | 'adaptive' = 1, { round }: Dtype): number {
  if (temperature === 'adaptive') return 0;
  if (temperature === 0) return 1;
  const scale = round(1 / temperature);
  if (!(scale > 0 && Number.isFinite(scale))) {
    const expected = 'a positive finite number with a finite reciprocal above 0';
    throw failure('ERR_OUT_OF_RANGE', 'options.temperature', expected, show(temperature));
  }
  return scale;
}
