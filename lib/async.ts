// SPDX-License-Identifier: MIT
// softmaxAsync(), logSoftmaxAsync() and sampleAsync(): the work happens on a thread of libuv's, on
// memory that nobody else can detach or resize meanwhile.
import { type Arguments, numbersOf, readArguments } from './arguments.js';
import { type Binding, binding, check } from './binding.js';
import {
  copyOver,
  type Dtype,
  delivered,
  isCopied,
  isShared,
  targetOf,
  type View,
} from './dtypes.js';
import { mapAsyncReaders, sampleAsyncReaders, softmaxAsyncReaders } from './options.js';
import { enqueue, type Start } from './queue.js';
import {
  drawnOf,
  drawOf,
  type OneSampleOptions,
  readSample,
  type ShapedSampleOptions,
} from './sample.js';
import { keepSpare, takeSpare } from './spare.js';
import type {
  AsyncOptions,
  Bits,
  Like,
  Logits,
  MapOptions,
  Output,
  OutputFor,
  Sample,
  SampleOptions,
  Samples,
  SoftmaxOptions,
} from './types.js';

/**
 * {@link softmax} away from the event loop: the same bits, by a promise. For rows in shared memory
 * that would block it too long; a short one costs more this way. From an ordinary array the copies
 * alone block it for longer than {@link softmax} into an `out` takes in all, while they fit a cache.
 *
 * The input is copied before the call returns, and may be changed at once; a view of a
 * SharedArrayBuffer is read where it lies, until the promise is settled. `out` may be used meanwhile
 * and is written, on the calling thread, just before the promise is fulfilled. Two calls of a thread
 * run at a time, on libuv's threads (`threads` may add others); at most 1,024 calls, or 1 GiB of
 * copies and results, wait. Of calls that are done one is settled at a turn of the event loop.
 *
 * @param input - As for {@link softmax}.
 * @param options - As for {@link softmax}, and `signal`.
 * @returns `options.out`, or a new array of the input's type and length.
 * @throws Never: it rejects, with the errors of {@link softmax}, or Error `ERR_QUEUE_FULL`, or
 * Error `ERR_INVALID_STATE` where `out` was detached or resized meanwhile, or the reason of the
 * signal. Nothing has been written then.
 * @example
 * const probabilities = await softmaxAsync(logits, { signal: AbortSignal.timeout(100) });
 */
export function softmaxAsync<O extends OutputFor<Uint16Array> = Uint16Array>(
  input: Uint16Array,
  options: SoftmaxOptions<O> & AsyncOptions & Bits,
): Promise<O>;
export function softmaxAsync<
  I extends Exclude<Logits, Uint16Array>,
  O extends OutputFor<I> = Like<I>,
>(input: I, options?: SoftmaxOptions<O> & AsyncOptions): Promise<O>;
export async function softmaxAsync(
  input: Logits,
  options?: SoftmaxOptions<Output> & AsyncOptions,
): Promise<Output> {
  const call = readArguments(input, options, softmaxAsyncReaders);
  return map(call, binding.softmaxAsync);
}

/**
 * {@link logSoftmax} away from the event loop, as {@link softmaxAsync} is {@link softmax}.
 *
 * @param input - As for {@link logSoftmax}.
 * @param options - As for {@link logSoftmax}, and `signal`.
 * @returns `options.out`, or a new array of the input's type and length.
 * @throws Never: it rejects, as {@link softmaxAsync} does.
 * @example
 * await logSoftmaxAsync(logits, { shape: [32, 1000] });
 */
export function logSoftmaxAsync<O extends OutputFor<Uint16Array> = Uint16Array>(
  input: Uint16Array,
  options: MapOptions<O> & AsyncOptions & Bits,
): Promise<O>;
export function logSoftmaxAsync<
  I extends Exclude<Logits, Uint16Array>,
  O extends OutputFor<I> = Like<I>,
>(input: I, options?: MapOptions<O> & AsyncOptions): Promise<O>;
export async function logSoftmaxAsync(
  input: Logits,
  options?: MapOptions<Output> & AsyncOptions,
): Promise<Output> {
  const call = readArguments(input, options, mapAsyncReaders);
  return map(call, binding.logSoftmaxAsync);
}

/**
 * {@link sample} away from the event loop, as {@link softmaxAsync} is {@link softmax}. `random` is
 * called before the call returns, once for each row.
 *
 * For views of a SharedArrayBuffer, or where a wide `topP` or `minP` without `topK` takes its time:
 * else the copy blocks for longer than {@link sample} itself does.
 *
 * @param input - As for {@link sample}.
 * @param options - As for {@link sample}, and `signal`.
 * @returns What {@link sample} returns.
 * @throws Never: it rejects, with the errors of {@link sample} or as {@link softmaxAsync} does.
 * @example
 * const { index } = await sampleAsync(logits, { topK: 50, topP: 0.95, seed: 1 });
 */
export function sampleAsync(
  input: Logits,
  options: ShapedSampleOptions & AsyncOptions,
): Promise<Samples>;
export function sampleAsync(
  input: Logits,
  options?: OneSampleOptions & AsyncOptions,
): Promise<Sample>;
export function sampleAsync(
  input: Logits,
  options?: SampleOptions & AsyncOptions,
): Promise<Sample | Samples>;
export async function sampleAsync(
  input: Logits,
  options?: SampleOptions & AsyncOptions,
): Promise<Sample | Samples> {
  const call = readSample(input, options, sampleAsyncReaders);
  const draw = drawOf(call);
  const { uniforms, drawn } = draw;
  if (call.rows > 0) {
    const { index: i, probability: p, logProbability: log } = drawn;
    const source = await run(call, [i, p, log], (view) => (flag, done) => {
      return binding.sampleAsync(flag, done, view, numbersOf(call), i, p, log, uniforms);
    });
    if (source !== call.input) keepSpare(source);
  }
  return drawnOf(draw);
}

async function map(call: Arguments, start: Binding['softmaxAsync']): Promise<Output> {
  const { dtype, length, settings, input } = call;
  const { out, isa } = settings;
  const { view, dtype: type } =
    out === undefined ? { view: input, dtype } : targetOf(dtype, length, out);
  check(binding.checkMap(input, view, numbersOf(call, type)), isa);
  // A copy is computed in place, unless the results are of another type.
  const isNew = out === undefined; // the caller gets it
  const apart = type !== dtype || isShared(input) ? room(type, length, isNew) : undefined;
  const job = (view: View): Start => {
    return (flag, done) => start(flag, done, view, apart ?? view, numbersOf(call, type));
  };
  const source = await run(call, apart === undefined ? [] : [apart], job, isNew && !apart);
  const result = delivered(dtype, apart ?? source, out);
  for (const own of [source, apart]) {
    if (own !== undefined && own !== input && own !== result) keepSpare(own);
  }
  return result;
}

/** Carries out what `start` makes of the input, or of a copy of it; answers which. */
async function run(
  { input, dtype, length, settings }: Arguments,
  results: readonly ArrayBufferView[],
  start: (source: View) => Start,
  isNew = false,
): Promise<View> {
  const source = isShared(input) || isCopied(dtype) ? input : room(dtype, length, isNew);
  const own = isShared(source) ? results : [source, ...results];
  const bytes = own.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const status = enqueue(bytes, settings.signal, start(source), () => {
    if (source !== input) copyOver(source, input);
  });
  check(await status, settings.isa);
  return source;
}

const room = (dtype: Dtype, length: number, isNew: boolean): View =>
  dtype.create(length, isNew ? undefined : takeSpare(length * dtype.bytes));
