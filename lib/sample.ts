// SPDX-License-Identifier: MIT
// sample(): one element of each row, drawn.
import { type Arguments, numbersOf, readArguments } from './arguments.js';
import { binding, check } from './binding.js';
import { attachedLength } from './dtypes.js';
import { failure, show } from './errors.js';
import { type Readers, sampleReaders } from './options.js';
import type { Logits, Sample, SampleOptions, Samples } from './types.js';

/** {@link SampleOptions} that name a shape: one element of each row is drawn. */
export type ShapedSampleOptions = SampleOptions & { readonly shape: readonly number[] };
/** {@link SampleOptions} without a shape: the input is one row. */
export type OneSampleOptions = SampleOptions & { readonly shape?: undefined };

/**
 * Draws one element of each row: the next token, given its logits. No array of probabilities is
 * made. Blocks until done.
 *
 * The steps are those of Hugging Face's transformers, in its order: `temperature`, `topK`, `topP`,
 * `minP`, each a filter on what the one before has left, renormalised; then one draw. Where a
 * filter must choose among equal logits the lower index goes first: `topK` keeps exactly as many
 * as it says, and `topP` not one more than it needs.
 *
 * With `seed` the result depends on the logits, the options and the number of the row alone: it is
 * the same on every processor. A -Infinity is never drawn.
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param options - See {@link SampleOptions}.
 * @returns The index along the axis, the probability it was drawn with (after the filters), and
 * its natural logarithm: numbers, or with `shape` arrays with one element per row.
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`,
 * also for a row that has no distribution (a NaN, +Infinity, nothing but -Infinity, no elements);
 * Error `ERR_ISA_UNSUPPORTED`.
 * @example
 * sample(logits, { temperature: 0.7, topK: 50, topP: 0.95, seed: 1 });
 * // { index: 1049, probability: 0.32..., logProbability: -1.12... }
 * sample(logits, { temperature: 0 }).index; // the largest logit
 * sample(logits, { shape: [8, 32000] }).index; // Uint32Array of 8
 */
export function sample(input: Logits, options: ShapedSampleOptions): Samples;
export function sample(input: Logits, options?: OneSampleOptions): Sample;
export function sample(input: Logits, options?: SampleOptions): Sample | Samples;
export function sample(input: Logits, options?: SampleOptions): Sample | Samples {
  const draw = drawOf(input, options, sampleReaders, one);
  const { call, uniforms, drawn } = draw;
  const { index, probability, logProbability } = drawn;
  if (call.rows > 0) {
    const numbers = numbersOf(call);
    check(
      binding.sample(call.input, index, probability, logProbability, uniforms, numbers),
      call.settings.isa,
    );
  }
  return drawnOf(draw);
}

/** The arguments of a call, and room for what is drawn. */
export interface Draw {
  readonly call: Arguments;
  /** A number for each row, unless there is a seed. */
  readonly uniforms: Float64Array | undefined;
  readonly drawn: Samples;
}

const samplesOf = (rows: number): Samples => ({
  index: new Uint32Array(rows),
  probability: new Float64Array(rows),
  logProbability: new Float64Array(rows),
});

/** What a call on one row needs. */
interface Room {
  readonly uniforms: Float64Array;
  readonly drawn: Samples;
}
/** Kept for blocking calls: to native code new arrays are dearer than a short row. */
const one: Room = { uniforms: new Float64Array(1), drawn: samplesOf(1) };

/** Reads and checks the arguments; draws a number for each row. `kept`: room for one row. */
export function drawOf<O extends SampleOptions>(
  input: unknown,
  options: unknown,
  readers: Readers<O>,
  kept?: Room,
): Draw {
  const call = readArguments(input, options, readers);
  const { settings, length, rows } = call;
  const { seed, random } = settings;
  if (seed !== undefined && random !== undefined) {
    const expected = 'nothing beside a seed';
    throw failure('ERR_INVALID_ARG_VALUE', 'options.random', expected, show(random));
  }
  if (length === 0 && rows > 0) throw noDistribution(0);
  const room = settings.shape === undefined ? kept : undefined;
  const uniforms =
    seed === undefined ? draws(room?.uniforms ?? new Float64Array(rows), random) : undefined;
  checkUnchanged(call.input, length);
  return { call, uniforms, drawn: room?.drawn ?? samplesOf(rows) };
}

/** What was drawn, if something was from every row. */
export function drawnOf(draw: Draw): Sample | Samples {
  const { call, drawn } = draw;
  const { index, probability, logProbability } = drawn;
  for (let row = 0; row < probability.length; row++) {
    if (Number.isNaN(probability[row])) throw noDistribution(row);
  }
  if (call.settings.shape !== undefined) return drawn;
  const [i, p, log] = [index[0], probability[0], logProbability[0]] as [number, number, number];
  return { index: i, probability: p, logProbability: log };
}

/** One number for each row, asked for before the input is looked at: this runs foreign code. */
function draws(uniforms: Float64Array, random: () => unknown = Math.random): Float64Array {
  for (let row = 0; row < uniforms.length; row++) {
    const u = random();
    const expected = 'a function that returns numbers of at least 0 and below 1';
    if (typeof u !== 'number') {
      throw failure('ERR_INVALID_ARG_TYPE', 'options.random', expected, `one of ${show(u)}`);
    }
    if (!(u >= 0 && u < 1)) {
      throw failure('ERR_OUT_OF_RANGE', 'options.random', expected, `one of ${show(u)}`);
    }
    uniforms[row] = u;
  }
  return uniforms;
}

/** Such foreign code may have done anything to the input's buffer. */
function checkUnchanged(input: ArrayBufferView, length: number): void {
  const now = attachedLength(input, 'input');
  if (now !== length) {
    const expected = `the ${length} elements that it had before options.random was called`;
    throw failure('ERR_INVALID_STATE', 'input', expected, `${now}`);
  }
}

function noDistribution(row: number): Error {
  const expected = 'in every row a finite logit, and no NaN or +Infinity';
  return failure('ERR_OUT_OF_RANGE', 'input', expected, `none such in row ${row}`);
}
