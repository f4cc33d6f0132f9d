// SPDX-License-Identifier: MIT
// From what came to what the native calls on rows take: the part that all of them share.
import { types } from 'node:util';
import { check, type RowNumbers, Status } from './binding.js';
import {
  attachedLength,
  chosen,
  type Dtype,
  dtypesOf,
  elements,
  roundOf,
  targetOf,
  type View,
  viewOf,
} from './dtypes.js';
import { failure, show } from './errors.js';
import { layout } from './layout.js';
import { isRecord, type Readers, readOptions } from './options.js';
import { type Isa, isas, type Logits, type Output, type RowOptions } from './types.js';

const { isFloat32Array } = types;

/** Input and options of a call on rows, checked. */
export interface Arguments<O> {
  readonly input: View;
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
  const candidates = dtypesOf(input, 'input');
  const settings = readOptions(options, readers);
  const dtype = chosen(candidates, settings.dtype);
  const view = viewOf(input as Logits, 'input');
  const length = attachedLength(view, 'input');
  const { shape = [length], axis = -1, fullyMasked, isa = 'auto', threads = 'auto' } = settings;
  const { outer, n, inner } = layout(length, shape, axis);
  const scale = scaleOf(settings.temperature, dtype);
  return {
    input: view,
    settings,
    dtype,
    length,
    rows: length > 0 ? outer * inner : emptyRows(shape, axis),
    isa,
    native: [
      elements.indexOf(dtype.element),
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

/**
 * A call whose result is an array like the input, given nothing but `out`, must be cheap: for
 * Float32Arrays `short` computes and checks natively, and answers a status. All other calls, and
 * the words for what was refused, are up to `whole`.
 */
export function orInShort(
  whole: (input: unknown, options: unknown) => Output,
  short: (input: Float32Array, out: Float32Array) => number,
  input: unknown,
  options: object | undefined,
): Output {
  if (!hasOnly(options, 'out')) return whole(input, options);
  const { out } = options;
  if (isFloat32Array(input) && isFloat32Array(out) && short(input, out) === Status.ok) return out;
  return whole(input, { out });
}

const isOwn = Object.prototype.hasOwnProperty;

export function hasOnly<N extends string>(
  options: object | undefined,
  option: N,
): options is { readonly [name in N]: unknown } {
  let only = false;
  try {
    for (const name in options) {
      if (name !== option || !isOwn.call(options, name)) return false;
      only = true;
    }
  } catch {
    return false; // a proxy that throws, or that was revoked: the reader of the options finds words
  }
  return only && isRecord(options);
}

/** Carries out a call whose result is an array like the input: `run` answers a status. */
export function mapRows<O extends RowOptions & { readonly out?: Output }>(
  call: Arguments<O>,
  run: (out: View) => number,
): Output {
  const { view, result } = targetOf(call.dtype, call.length, call.settings.out);
  check(run(view), call.isa);
  return result();
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
function scaleOf(temperature: number | 'adaptive' = 1, dtype: Dtype): number {
  if (temperature === 'adaptive') return 0;
  if (temperature === 0) return 1;
  const scale = roundOf(dtype)(1 / temperature);
  if (!(scale > 0 && Number.isFinite(scale))) {
    const expected = 'a positive finite number with a finite reciprocal above 0';
    throw failure('ERR_OUT_OF_RANGE', 'options.temperature', expected, show(temperature));
  }
  return scale;
}
