// SPDX-License-Identifier: MIT
import { outputOf, readArguments } from './arguments.js';
import { binding, check } from './binding.js';
import { fixedMapReaders } from './options.js';
import type { FixedMapOptions } from './types.js';

/**
 * StableMax, `s(x) / sum(s(x))` along one axis, where `s(x)` is `x + 1` for `x >= 0` and
 * `1 / (1 - x)` below (arXiv 2501.04697). Blocks until done.
 *
 * Every result lies within 1 ULP of the exact value, and its bits are the same on every processor.
 * Special values follow `softmax`: -Infinity gives exactly 0; a row with a NaN or +Infinity becomes
 * NaN, and so does one of only -Infinity (see `fullyMasked`); results below 2^-126 are 0. Finite
 * logits of any size are right, also where a temperature takes them beyond float32.
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param options - See {@link FixedMapOptions}.
 * @returns `options.out`, or a new array of the input's type and length.
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`;
 * Error `ERR_ISA_UNSUPPORTED`. Nothing has been written then.
 * @example
 * stableMax(Float32Array.of(1, 0, -1)); // Float32Array [0.5714, 0.2857, 0.1429]
 */
export function stableMax(input: Float32Array, options?: FixedMapOptions): Float32Array {
  const call = readArguments(input, options, fixedMapReaders);
  const out = outputOf(call);
  check(binding.stableMax(input, out, ...call.native), call.isa);
  return out;
}
