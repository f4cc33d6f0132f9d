// SPDX-License-Identifier: MIT
// sample(): one element of each row, drawn.
import { type Arguments, numbersOf, RESULTS, readArguments } from './arguments.js';
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
 * made, but that float64 logits without `topK` have their exponentials kept while it draws. Blocks
 * until done.
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
  const call = readSample(input, options, sampleReaders);
  if (call.settings.shape === undefined) return drawOne(call);
  const draw = drawOf(call);
  const { uniforms, drawn } = draw;
  if (call.rows > 0) {
    const { index, probability, logProbability } = drawn;
    check(
      binding.sample(call.input, numbersOf(call), index, probability, logProbability, uniforms),
      call.settings.isa,
    );
  }
  return drawnOf(draw);
}

/** Reads and checks the arguments. */
export function readSample<O extends SampleOptions>(
  input: unknown,
  options: unknown,
  readers: Readers<O>,
): Arguments {
  const call = readArguments(input, options, readers);
  const { seed, random } = call.settings;
  if (seed !== undefined && random !== undefined) {
    const expected = 'nothing beside a seed';
    throw failure('ERR_INVALID_ARG_VALUE', 'options.random', expected, show(random));
  }
  if (call.length === 0 && call.rows > 0) throw noDistribution(0);
  return call;
}

/** One row, without arrays for its results: to native code those are dearer than a short row. */
function drawOne(call: Arguments): Sample {
  const { seed, random, isa } = call.settings;
  const uniform = seed === undefined ? numberFrom(random) : undefined;
  checkUnchanged(call.input, call.length);
  const numbers = numbersOf(call, call.dtype, uniform);
  check(binding.sample(call.input, numbers), isa);
  const probability = numbers[RESULTS + 1] as number;
  if (Number.isNaN(probability)) throw noDistribution(0);
  return {
    index: numbers[RESULTS] as number,
    probability,
    logProbability: numbers[RESULTS + 2] as number,
  };
}

/** A call, a number for each of its rows unless there is a seed, and room for what is drawn. */
export interface Draw {
  readonly call: Arguments;
  readonly uniforms: Float64Array | undefined;
  readonly drawn: Samples;
}

/** Asks for a number for each row before the input is looked at: that runs foreign code. */
export function drawOf(call: Arguments): Draw {
  const { input, length, rows, settings } = call;
  const { seed, random } = settings;
  const uniforms =
    seed === undefined ? new Float64Array(rows).map(() => numberFrom(random)) : undefined;
  checkUnchanged(input, length);
  const drawn = {
    index: new Uint32Array(rows),
    probability: new Float64Array(rows),
    logProbability: new Float64Array(rows),
  };
  return { call, uniforms, drawn };
}

/** What was drawn, if something was from every row. */
export function drawnOf({ call, drawn }: Draw): Sample | Samples {
  const { index, probability, logProbability } = drawn;
  for (let row = 0; row < probability.length; row++) {
    if (Number.isNaN(probability[row])) throw noDistribution(row);
  }
  if (call.settings.shape !== undefined) return drawn;
  const [i, p, log] = [index[0], probability[0], logProbability[0]] as [number, number, number];
  return { index: i, probability: p, logProbability: log };
}

function numberFrom(random: () => unknown = Math.random): number {
  const u = random();
  if (typeof u === 'number' && u >= 0 && u < 1) return u;
  const code = typeof u === 'number' ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARG_TYPE';
  const expected = 'a function that returns numbers of at least 0 and below 1';
  throw failure(code, 'options.random', expected, `one of ${show(u)}`);
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
