// SPDX-License-Identifier: MIT
// From what came to what the native calls on rows take: the part that all of them share.
import { types } from 'node:util';
import { check, Status } from './binding.js';
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
import { type Layout, layout } from './layout.js';
import { isRecord, type Readers, readOptions, type Settings } from './options.js';
import { algorithms, isas, type Logits, type Output, type RowOptions } from './types.js';

const { isFloat32Array } = types;

/** Input and options of a call on rows, checked. */
export interface Arguments {
  readonly input: View;
  readonly settings: Settings;
  readonly dtype: Dtype;
  readonly length: number;
  /** How many rows; some even where each has no element. */
  readonly rows: number;
  readonly layout: Layout;
  /** What the native calls multiply with; 0 is 'adaptive'. */
  readonly scale: number;
}

/** The options are read before the array is looked at: a getter may do anything to it. */
export function readArguments<O extends RowOptions>(
  input: unknown,
  options: unknown,
  readers: Readers<O>,
): Arguments {
  const candidates = dtypesOf(input, 'input');
  const settings = readOptions(options, readers);
  const dtype = chosen(candidates, settings.dtype);
  const view = viewOf(input as Logits, dtype, 'input');
  const length = attachedLength(view, 'input');
  const { shape, axis = -1 } = settings;
  const found = layout(length, shape, axis);
  const scale = scaleOf(settings.temperature, dtype);
  const rows = length > 0 ? found.outer * found.inner : emptyRows(shape, axis);
  return { input: view, settings, dtype, length, rows, layout: found, scale };
}

/** Where results stand that are numbers. */
export const RESULTS = 15;
const numbers = new Float64Array(RESULTS + 3);

/**
 * The numbers for the native call that comes next, all in one array that is used again; the order
 * is that of native/binding_arguments.h. `output`: of results that lie like the input. `uniform`:
 * what takes the place of a seed.
 */
export function numbersOf(
  { settings, dtype, layout: { outer, n, inner }, scale }: Arguments,
  output: Dtype = dtype,
  uniform = -1,
): Float64Array {
  const { temperature, isa = 'auto', threads = 'auto', algorithm = 'auto' } = settings;
  const { topK = 0, topP = 1, minP = 0, seed = 0 } = settings;
  // Whatever a program has made of these functions runs before the first is written.
  const from = elements.indexOf(dtype.element);
  const to = elements.indexOf(output.element);
  const kernel = isa === 'auto' ? -1 : isas.indexOf(isa);
  const which = algorithms.indexOf(algorithm);
  const most = threads === 'auto' ? 0 : Math.min(threads, 0xffffffff);
  numbers[0] = from;
  numbers[1] = to;
  numbers[2] = outer;
  numbers[3] = n;
  numbers[4] = inner;
  numbers[5] = scale;
  numbers[6] = settings.fullyMasked === 'zeros' ? 1 : 0;
  numbers[7] = kernel;
  numbers[8] = most;
  numbers[9] = which;
  numbers[10] = temperature === 0 ? 1 : topK;
  numbers[11] = topP;
  numbers[12] = minP;
  numbers[13] = seed;
  numbers[14] = uniform;
  return numbers;
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
export function mapRows(
  call: Arguments,
  run: (out: View, numbers: Float64Array) => number,
): Output {
  const { view, dtype, result } = targetOf(call.dtype, call.length, call.settings.out);
  check(run(view, numbersOf(call, dtype)), call.settings.isa);
  return result();
}

/** Room for one number per row. */
export function valuesOf({ rows }: Arguments): Float64Array {
  try {
    return new Float64Array(rows);
  } catch {
    throw failure('ERR_OUT_OF_RANGE', 'options.shape', 'rows that fit in memory', `${rows}`);
  }
}

function emptyRows(shape: readonly number[] | undefined, axis: number): number {
  if (shape === undefined) return 1;
  const others = shape.filter((_, i) => i !== axis && i !== axis + shape.length);
  return others.includes(0) ? 0 : others.reduce((a, b) => a * b, 1);
}

/** Greedy, temperature 0, leaves all as is. */
function scaleOf(temperature: number | 'adaptive' = 1, dtype: Dtype): number {
  if (temperature === 1 || temperature === 0) return 1;
  if (temperature === 'adaptive') return 0;
  const scale = roundOf(dtype)(1 / temperature);
  if (!(scale > 0 && Number.isFinite(scale))) {
    const expected = 'a positive finite number with a finite reciprocal above 0';
    throw failure('ERR_OUT_OF_RANGE', 'options.temperature', expected, show(temperature));
  }
  return scale;
}
