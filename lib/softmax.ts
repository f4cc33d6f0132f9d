// SPDX-License-Identifier: MIT
// softmax(): the first stop of a call. Reads and checks what came, then hands it to the binding.
import { mapRows, orInShort, readArguments } from './arguments.js';
import { binding } from './binding.js';
import { softmaxReaders } from './options.js';
import type { Bits, Like, Logits, Output, OutputFor, SoftmaxOptions } from './types.js';

/**
 * Probabilities `e^x / sum(e^x)` along one axis, by the Two-Pass algorithm (arXiv 2001.04438).
 * Blocks until done.
 *
 * Every result lies within 3 ULP of the exact value, and its bits are the same on every processor.
 * -Infinity gives exactly 0; a row with a NaN or +Infinity becomes NaN, and so does one of only
 * -Infinity (see `fullyMasked`); results below the least normal number, 2^-126 or in float64
 * 2^-1022, are 0. Empty in, empty out.
 *
 * A Float64Array or number[] is computed with in float64, all else in float32; bits of 16 are the
 * nearest to the float32 result, subnormals kept.
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param options - See {@link SoftmaxOptions}.
 * @returns `options.out`, or a new array of the input's type and length.
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`;
 * Error `ERR_ISA_UNSUPPORTED`. Nothing has been written then.
 * @example
 * const logits = Float32Array.of(1, 2, 3);
 * softmax(logits); // Float32Array [0.0900, 0.2447, 0.6652]
 * softmax(logits, { out: logits }); // the same in place
 * softmax([1, 2, 3]); // number[] [0.0900, 0.2447, 0.6652]
 * softmax(bits, { dtype: 'float16', out: new Float32Array(bits.length) }); // of a Uint16Array
 */
export function softmax<O extends OutputFor<Uint16Array> = Uint16Array>(
  input: Uint16Array,
  options: SoftmaxOptions<O> & Bits,
): O;
export function softmax<I extends Exclude<Logits, Uint16Array>, O extends OutputFor<I> = Like<I>>(
  input: I,
  options?: SoftmaxOptions<O>,
): O;
export function softmax(input: Logits, options?: SoftmaxOptions<Output>): Output {
  return orInShort(compute, binding.softmax, input, options);
}

function compute(input: unknown, options: unknown): Output {
  const call = readArguments(input, options, softmaxReaders);
  return mapRows(call, (out, numbers) => binding.softmax(call.input, out, numbers));
}
