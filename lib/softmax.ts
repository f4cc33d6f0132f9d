// SPDX-License-Identifier: MIT
// softmax(): the first stop of a call. Reads and checks what came, then hands it to the binding.
import { types } from 'node:util';
import { binding, check, Status } from './binding.js';
import { attachedLength, type Dtype, dtypeOf } from './dtypes.js';
import { failure, show } from './errors.js';
import { layout } from './layout.js';
import { readOptions, softmaxReaders } from './options.js';
import { algorithms, isas, type SoftmaxOptions } from './types.js';

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
  const dtype = dtypeOf(input, 'input');
  const settings = readOptions(options, softmaxReaders);
  const length = attachedLength(input as Float32Array, 'input');
  const { outer, n, inner } = layout(length, settings.shape, settings.axis);
  const scale = scaleOf(settings.temperature, dtype);
  if (settings.dtype !== undefined) {
    const expected = `nothing beside a ${dtype.name}`;
    throw failure('ERR_INVALID_ARG_VALUE', 'options.dtype', expected, show(settings.dtype));
  }
  const out = settings.out === undefined ? dtype.create(length) : settings.out;
  checkOut(out, dtype, length);
  const { fullyMasked, isa = 'auto', algorithm = 'auto', threads = 'auto' } = settings;
  const status = binding.softmax(
    input,
    out,
    outer,
    n,
    inner,
    scale,
    Number(fullyMasked === 'zeros'),
    isa === 'auto' ? -1 : isas.indexOf(isa),
    threads === 'auto' ? 0 : Math.min(threads, 0xffffffff),
    algorithms.indexOf(algorithm),
  );
  check(status, isa);
  return out;
}

function scaleOf(temperature: number | 'adaptive' = 1, { round }: Dtype): number {
  if (temperature === 'adaptive') {
    const expected = 'a number: this release has no adaptive temperature yet';
    throw failure('ERR_INVALID_ARG_VALUE', 'options.temperature', expected, show(temperature));
  }
  const scale = round(1 / temperature);
  if (!(scale > 0 && Number.isFinite(scale))) {
    const expected = 'a positive finite number with a finite reciprocal above 0';
    throw failure('ERR_OUT_OF_RANGE', 'options.temperature', expected, show(temperature));
  }
  return scale;
}

function checkOut(out: Float32Array, dtype: Dtype, length: number): void {
  if (!dtype.is(out)) {
    const expected = `a ${dtype.name}, as the input is`;
    throw failure('ERR_INVALID_ARG_TYPE', 'options.out', expected, show(out));
  }
  const outLength = attachedLength(out, 'options.out');
  if (outLength !== length) {
    const expected = `${length} elements, as the input has`;
    throw failure('ERR_INVALID_ARG_VALUE', 'options.out', expected, `${outLength}`);
  }
}
