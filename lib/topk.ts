// SPDX-License-Identifier: MIT
// topK(): the most probable elements of each row.
import { types } from 'node:util';
import { hasOnly, numbersOf, readArguments } from './arguments.js';
import { binding, check, Status } from './binding.js';
import { float32, targetOf, type View } from './dtypes.js';
import { failure, show } from './errors.js';
import { rowReaders } from './options.js';
import type { Bits, Like, Logits, Output, RowOptions, TopK } from './types.js';

const { isFloat32Array } = types;

/**
 * The `k` most probable elements of each row: what sorting `softmax(input)` would begin with, for
 * little more than the first pass of softmax: one pass over the logits, and another look at those
 * stretches of it that may hold one of the `k`. Blocks until done.
 *
 * Elements come by descending logit, equal logits by lower index. The probabilities are those of
 * the whole row, to the bit: `probabilities[i] === softmax(input)[indices[i]]`. With `shape` the
 * axis becomes `k` long and the rest of the shape stays.
 *
 * -Infinity comes last, by lower index, with probability 0. A row with a NaN or +Infinity has the
 * indices 0 to k - 1 and NaN for probabilities, and so has one of only -Infinity (see
 * `fullyMasked`).
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param k - How many: an integer from 1 to the length of the axis.
 * @param options - See {@link RowOptions}.
 * @returns New arrays of as many elements as there are rows, times `k`.
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`;
 * Error `ERR_ISA_UNSUPPORTED`.
 * @example
 * topK(Float32Array.of(1, 3, 2), 2);
 * // { indices: Uint32Array [1, 2], probabilities: Float32Array [0.6652, 0.2447] }
 * topK(logits, 5, { shape: [32, 1000] }).indices; // 160 indices, from 0 to 999
 */
export function topK(input: Uint16Array, k: number, options: RowOptions & Bits): TopK<Uint16Array>;
export function topK<I extends Exclude<Logits, Uint16Array>>(
  input: I,
  k: number,
  options?: RowOptions,
): TopK<Like<I>>;
export function topK(input: Logits, k: number, options?: RowOptions): TopK<Output> {
  if (options === undefined) return inShort(input, k) ?? inFull(input, k, options);
  if (!hasOnly(options, 'threads')) return inFull(input, k, options);
  const { threads } = options; // which make no difference to one row
  const valid = threads === 'auto' || (Number.isSafeInteger(threads) && (threads as number) > 0);
  return (valid ? inShort(input, k) : undefined) ?? inFull(input, k, { threads });
}

/** One row with default options, checked natively; whatever is refused there is left. */
function inShort(input: Logits, k: number): TopK<Float32Array> | undefined {
  if (!isFloat32Array(input) || typeof k !== 'number') return undefined;
  const room = few[k] ?? (k > FEW && k <= MANY && Number.isInteger(k) ? roomFor(k) : undefined);
  if (!room || binding.topK(input, room.indices, room.probabilities, k) !== Status.ok)
    return undefined;
  return k > FEW ? room : copyOf(room);
}

function inFull(input: Logits, k: number, options: unknown): TopK<Output> {
  const call = readArguments(input, options, rowReaders);
  const { settings, dtype, length, rows } = call;
  // Where there are no elements the native layout does not say how long the axis is.
  const n = length > 0 ? call.layout.n : ((settings.shape ?? [0]).at(settings.axis ?? -1) ?? 1);
  if (typeof k !== 'number') throw failure('ERR_INVALID_ARG_TYPE', 'k', 'an integer', show(k));
  if (!(Number.isInteger(k) && k >= 1 && k <= n)) {
    const expected = `an integer from 1 to the length of the axis, ${n}`;
    throw failure('ERR_OUT_OF_RANGE', 'k', expected, show(k));
  }
  const count = rows * k;
  const select = (indices: Uint32Array, probabilities: View) => {
    if (rows === 0) return;
    check(binding.topK(call.input, indices, probabilities, k, numbersOf(call)), settings.isa);
  };
  if (dtype === float32 && count <= FEW) {
    const kept = few[count] as TopK<Float32Array>;
    select(kept.indices, kept.probabilities);
    return copyOf(kept);
  }
  const indices = new Uint32Array(count);
  const { view, result } = targetOf(dtype, count, undefined);
  select(indices, view);
  return { indices, probabilities: result() };
}

/**
 * So few results are copied out of arrays that are kept, a pair for each count: new ones of up to 64
 * bytes lie on V8's own heap, and moving them where native code can have their memory is dearer than
 * a short row.
 */
const FEW = 16;
const roomFor = (count: number): TopK<Float32Array> => ({
  indices: new Uint32Array(count),
  probabilities: new Float32Array(count),
});
const few = Array.from({ length: FEW + 1 }, (_, count) => roomFor(count));
/** So many are made room for before it is known whether the row has as many. */
const MANY = 1024;

const copyOf = ({ indices, probabilities }: TopK<Float32Array>): TopK<Float32Array> => ({
  indices: new Uint32Array(indices),
  probabilities: new Float32Array(probabilities),
});
