// SPDX-License-Identifier: MIT
import { mapRows, orInShort, readArguments } from './arguments.js';
import { binding } from './binding.js';
import { fixedMapReaders } from './options.js';
import type { Bits, FixedMapOptions, Like, Logits, Output, OutputFor } from './types.js';

/**
 * StableMax, `s(x) / sum(s(x))` along one axis, where `s(x)` is `x + 1` for `x >= 0` and
 * `1 / (1 - x)` below (arXiv 2501.04697). Blocks until done.
 *
 * Every result lies within 1 ULP of the exact value, of float64 within 3, and its bits are the same
 * on every processor.
 * Special values follow `softmax`: -Infinity gives exactly 0; a row with a NaN or +Infinity becomes
 * NaN, and so does one of only -Infinity (see `fullyMasked`); results below 2^-126, or in float64
 * 2^-1022, are 0. Finite logits of any size are right, also where a temperature takes them beyond
 * the type.
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param options - See {@link FixedMapOptions}.
 * @returns `options.out`, or a new array of the input's type and length.
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`;
 * Error `ERR_ISA_UNSUPPORTED`. Nothing has been written then.
 * @example
 * stableMax(Float32Array.of(1, 0, -1)); // Float32Array [0.5714, 0.2857, 0.1429]
 */
export function stableMax<O extends OutputFor<Uint16Array> = Uint16Array>(
  input: Uint16Array,
  options: FixedMapOptions<O> & Bits,
): O;
export function stableMax<I extends Exclude<Logits, Uint16Array>, O extends OutputFor<I> = Like<I>>(
  input: I,
  options?: FixedMapOptions<O>,
): O;
export function stableMax(input: Logits, options?: FixedMapOptions<Output>): Output {
  return orInShort(stableMaxOf, binding.stableMax, input, options);
}

function stableMaxOf(input: unknown, options: unknown): Output {
  const call = readArguments(input, options, fixedMapReaders);
  return mapRows(call, (out, numbers) => binding.stableMax(call.input, out, numbers));
}
