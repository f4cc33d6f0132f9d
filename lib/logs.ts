// SPDX-License-Identifier: MIT
// logSoftmax(), logSumExp() and entropy().
import { types } from 'node:util';
import { mapRows, numbersOf, orInShort, readArguments, valuesOf } from './arguments.js';
import { binding, check, Status, type ValueCall } from './binding.js';
import { mapReaders, rowReaders } from './options.js';
import type { Bits, Like, Logits, MapOptions, Output, OutputFor, RowOptions } from './types.js';

const { isFloat32Array } = types;

/** {@link RowOptions} that name a shape: the result has one value per row. */
export type ShapedRowOptions = RowOptions & { readonly shape: readonly number[] };
/** {@link RowOptions} without a shape: the input is one row, the result one number. */
export type OneRowOptions = RowOptions & { readonly shape?: undefined };

/**
 * Log-probabilities `ln(softmax(x))` along one axis, in nats. Blocks until done.
 *
 * Every result lies within 3 ULP of the exact value, also where the probability is close to 1, and
 * its bits are the same on every processor. -Infinity stays -Infinity; a row with a NaN or
 * +Infinity becomes NaN, and so does one of only -Infinity (see `fullyMasked`). Results are at most
 * 0, never -0, and 0 where above -2^-126, or in float64 -2^-1022. Empty in, empty out.
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param options - See {@link MapOptions}.
 * @returns `options.out`, or a new array of the input's type and length.
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`;
 * Error `ERR_ISA_UNSUPPORTED`. Nothing has been written then.
 * @example
 * logSoftmax(Float32Array.of(20, 0, -1)); // Float32Array [-2.8e-9, -20, -21]
 */
export function logSoftmax<O extends OutputFor<Uint16Array> = Uint16Array>(
  input: Uint16Array,
  options: MapOptions<O> & Bits,
): O;
export function logSoftmax<
  I extends Exclude<Logits, Uint16Array>,
  O extends OutputFor<I> = Like<I>,
>(input: I, options?: MapOptions<O>): O;
export function logSoftmax(input: Logits, options?: MapOptions<Output>): Output {
  return orInShort(logSoftmaxOf, binding.logSoftmax, input, options);
}

function logSoftmaxOf(input: unknown, options: unknown): Output {
  const call = readArguments(input, options, mapReaders);
  return mapRows(call, (out, numbers) => binding.logSoftmax(call.input, out, numbers));
}

/**
 * `ln(sum(e^x))` along one axis, in nats. Blocks until done.
 *
 * Computed as max + ln(sum(e^(x - max))) with float32 exponentials and the rest in double: the
 * second term has a relative error of at most 1e-7. Of float64 all is computed in float64: the error
 * is at most 3 ULP of the larger term. The bits are the same on every processor. A row with a NaN
 * gives NaN, else one with +Infinity gives +Infinity; one of only -Infinity, or of nothing, gives
 * -Infinity.
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param options - See {@link RowOptions}.
 * @returns A number; with `options.shape` one per row, in row-major order of the other dimensions.
 * @throws As {@link logSoftmax}.
 * @example
 * logSumExp(Float32Array.of(0, 0)); // 0.6931471
 * logSumExp(logits, { shape: [32, 1000] }); // Float64Array(32)
 */
export function logSumExp(input: Logits, options: ShapedRowOptions): Float64Array;
export function logSumExp(input: Logits, options?: OneRowOptions): number;
export function logSumExp(input: Logits, options?: RowOptions): number | Float64Array;
export function logSumExp(input: Logits, options?: RowOptions): number | Float64Array {
  return values(binding.logSumExp, Number.NEGATIVE_INFINITY, input, options);
}

/**
 * Shannon entropy `-sum(p * ln(p))` in nats of `p = softmax(x)`, along one axis. Blocks until done.
 *
 * The relative error is at most 4e-7, of float64 7e-16, also where one probability is close to 1
 * and the entropy close to 0. The bits are the same on every processor. Masked terms add 0. NaN where softmax is
 * NaN: with a NaN or +Infinity in the row, or only -Infinity (see `fullyMasked`). 0 of nothing.
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param options - See {@link RowOptions}.
 * @returns A number; with `options.shape` one per row, in row-major order of the other dimensions.
 * @throws As {@link logSoftmax}.
 * @example
 * entropy(Float32Array.of(5, 5)); // 0.6931471
 */
export function entropy(input: Logits, options: ShapedRowOptions): Float64Array;
export function entropy(input: Logits, options?: OneRowOptions): number;
export function entropy(input: Logits, options?: RowOptions): number | Float64Array;
export function entropy(input: Logits, options?: RowOptions): number | Float64Array {
  return values(binding.entropy, 0, input, options);
}

/** The result of one row, kept: to native code a new array is dearer than a short row. */
const one = new Float64Array(1);

function values(call: ValueCall, ofNothing: number, input: unknown, options: unknown) {
  if (options === undefined && isFloat32Array(input) && call(input, one) === Status.ok) {
    return one[0] as number;
  }
  const rows = readArguments(input, options, rowReaders);
  const isOne = rows.settings.shape === undefined;
  const out = (isOne ? one : valuesOf(rows)).fill(ofNothing);
  check(call(rows.input, out, numbersOf(rows)), rows.settings.isa);
  return isOne ? (one[0] as number) : out;
}
