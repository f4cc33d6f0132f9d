// SPDX-License-Identifier: MIT
// softmax(): the first stop of a call. Reads and checks what came, then hands it to the binding.
import { types } from 'node:util';
import { outputOf, readArguments } from './arguments.js';
import { binding, check, Status } from './binding.js';
import { softmaxReaders } from './options.js';
import { algorithms, type SoftmaxOptions } from './types.js';

const { isFloat32Array } = types;

/**
 * Probabilities `e^x / sum(e^x)` along one axis, by the Two-Pass algorithm (arXiv 2001.04438).
 * Blocks until done.
 *
 * Every result lies within 3 ULP of the exact value, and its bits are the same on every processor.
 * -Infinity gives exactly 0; a row with a NaN or +Infinity becomes NaN, and so does one of only
 * -Infinity (see `fullyMasked`); results below 2^-126 are 0. Empty in, empty out.
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
 */
export function softmax(input: Float32Array, options?: SoftmaxOptions): Float32Array {
  if (hasOnlyOut(options)) {
    const { out } = options;
    if (isFloat32Array(input) && isFloat32Array(out) && binding.softmax(input, out) === Status.ok) {
      return out;
    }
    return compute(input, { out }); // finds the words for what is wrong, or that all is empty
  }
  return compute(input, options);
}

const isOwn = Object.prototype.hasOwnProperty;

/** The call that must be cheap. Everything else about it is left to the native checks. */
function hasOnlyOut(options: object | undefined): options is { readonly out: Float32Array } {
  let only = false;
  for (const name in options) {
    if (name !== 'out' || !isOwn.call(options, name)) return false;
    only = true;
  }
  return only;
}

function compute(input: unknown, options: unknown): Float32Array {
  const call = readArguments(input, options, softmaxReaders);
  const out = outputOf(call);
  const { algorithm = 'auto' } = call.settings;
  check(binding.softmax(input, out, ...call.native, algorithms.indexOf(algorithm)), call.isa);
  return out;
}
