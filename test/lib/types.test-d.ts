// SPDX-License-Identifier: MIT
// What the compiler knows of every public call; `npm run lint` checks it, nothing here runs.
import { expectTypeOf } from 'vitest';
import {
  type CpuInfo,
  cpu,
  entropy,
  type FixedRowOptions,
  logSoftmax,
  logSumExp,
  mergeSumExp,
  type RowOptions,
  type Sample,
  type SampleOptions,
  type Samples,
  type SoftmaxError,
  type SoftmaxOptions,
  type SumExp,
  type SumExps,
  sample,
  softmax,
  softmaxAsync,
  softmaxFrom,
  stableMax,
  sumExp,
  type TopK,
  topK,
} from '../../lib/index.js';

declare const x: Float32Array;
declare const doubles: Float64Array;
declare const bits: Uint16Array;
declare const shared: Float32Array<SharedArrayBuffer>;
declare const dims: readonly number[]; // of a tensor
declare const mapOptions: SoftmaxOptions;
declare const rowOptions: RowOptions;
declare const fixedOptions: FixedRowOptions;
declare const sampleOptions: SampleOptions;

// Calls that give back an array like the input.
const axis = { shape: dims, axis: 0 };
expectTypeOf(softmax(x)).toEqualTypeOf<Float32Array>();
expectTypeOf(softmax(shared, { ...axis, out: x })).toEqualTypeOf<Float32Array>();
expectTypeOf(logSoftmax(x)).toEqualTypeOf<Float32Array>();
expectTypeOf(logSoftmax(shared, { ...axis, out: x })).toEqualTypeOf<Float32Array>();
expectTypeOf(stableMax(x)).toEqualTypeOf<Float32Array>();
expectTypeOf(stableMax(shared, { ...axis, out: x })).toEqualTypeOf<Float32Array>();
expectTypeOf(softmax(x, mapOptions)).toEqualTypeOf<Float32Array>();
expectTypeOf(softmax(x, { algorithm: 'two-pass', isa: 'avx2' })).toEqualTypeOf<Float32Array>();
expectTypeOf(softmax(x, { temperature: 'adaptive', threads: 'auto' })).toBeObject();
// @ts-expect-error a name that no option has
softmax(x, { temprature: 1 });
// @ts-expect-error an algorithm that there is not
softmax(x, { algorithm: 'one-pass' });
// @ts-expect-error only softmax has a choice of algorithms
logSoftmax(x, { algorithm: 'two-pass' });
// @ts-expect-error StableMax has no adaptive temperature
stableMax(x, { temperature: 'adaptive' });
// @ts-expect-error an input is not optional
softmax();
// @ts-expect-error text is not logits
softmax('logits');

// Other types of arrays; what comes back is like the input, or the `out` that halves may have.
expectTypeOf(softmax(doubles)).toEqualTypeOf<Float64Array>();
expectTypeOf(softmax([1, 2])).toEqualTypeOf<number[]>();
expectTypeOf(softmax([1, 2] as const)).toEqualTypeOf<number[]>();
expectTypeOf(softmax(bits, { dtype: 'float16' })).toEqualTypeOf<Uint16Array>();
expectTypeOf(softmax(bits, { dtype: 'bfloat16', out: x })).toEqualTypeOf<Float32Array>();
expectTypeOf(logSoftmax(doubles, axis)).toEqualTypeOf<Float64Array>();
expectTypeOf(stableMax([1])).toEqualTypeOf<number[]>();
expectTypeOf(softmaxFrom(bits, sumExp(x), { dtype: 'float16' })).toEqualTypeOf<Uint16Array>();
expectTypeOf(topK(doubles, 1)).toEqualTypeOf<TopK<Float64Array>>();
expectTypeOf(topK([1, 2], 1)).toEqualTypeOf<TopK<number[]>>();
expectTypeOf(sample([1, 2])).toEqualTypeOf<Sample>();
// @ts-expect-error bits need a dtype
softmax(bits);
// @ts-expect-error an output of another type
softmax(doubles, { out: x });
// @ts-expect-error an output of another type
logSoftmax([1], { out: doubles });
// @ts-expect-error integers are not computed with
softmax(new Int32Array(1));

// A number for a row, an array for a shape, either for options that may have one.
for (const value of [logSumExp, entropy]) {
  expectTypeOf(value(x)).toEqualTypeOf<number>();
  expectTypeOf(value(x, { temperature: 2 })).toEqualTypeOf<number>();
  expectTypeOf(value(x, { shape: dims })).toEqualTypeOf<Float64Array>();
  expectTypeOf(value(x, rowOptions)).toEqualTypeOf<number | Float64Array>();
}
// @ts-expect-error there is no output array
logSumExp(x, { out: x });

expectTypeOf(topK(x, 5)).toEqualTypeOf<TopK>();
expectTypeOf(topK(x, 5, { shape: dims }).indices).toEqualTypeOf<Uint32Array>();
expectTypeOf(topK(x, 5).probabilities).toEqualTypeOf<Float32Array>();
// @ts-expect-error k is not optional
topK(x);

expectTypeOf(sample(x)).toEqualTypeOf<Sample>();
expectTypeOf(sample(x, { topK: 50, topP: 0.95, minP: 0, seed: 1 })).toEqualTypeOf<Sample>();
expectTypeOf(sample(x, { shape: dims, random: Math.random })).toEqualTypeOf<Samples>();
expectTypeOf(sample(x, sampleOptions)).toEqualTypeOf<Sample | Samples>();
// Options that a caller has or has not (exactOptionalPropertyTypes is on here).
declare const perhaps: { shape?: number[]; seed?: number; temperature?: number };
const { shape, seed, temperature } = perhaps;
expectTypeOf(sample(x, { shape, seed, temperature })).toEqualTypeOf<Sample | Samples>();
declare const signal: AbortSignal | undefined;
expectTypeOf(softmaxAsync(x, { signal, temperature })).toEqualTypeOf<Promise<Float32Array>>();
// @ts-expect-error from a row without a distribution nothing is drawn
sample(x, { fullyMasked: 'zeros' });

expectTypeOf(sumExp(x)).toEqualTypeOf<SumExp>();
expectTypeOf(sumExp(x, { shape: dims })).toEqualTypeOf<SumExps>();
expectTypeOf(sumExp(x, fixedOptions)).toEqualTypeOf<SumExp | SumExps>();
// @ts-expect-error a part has no entropy to adapt to
sumExp(x, { temperature: 'adaptive' });

expectTypeOf(mergeSumExp()).toEqualTypeOf<SumExp>();
expectTypeOf(mergeSumExp(sumExp(x), sumExp(x))).toEqualTypeOf<SumExp>();
expectTypeOf(mergeSumExp(...[sumExp(x, { shape: dims })])).toEqualTypeOf<SumExps>();
// @ts-expect-error one row's sum and several rows' do not merge
mergeSumExp(sumExp(x), sumExp(x, { shape: dims }));

expectTypeOf(softmaxFrom(x, sumExp(x))).toEqualTypeOf<Float32Array>();
expectTypeOf(
  softmaxFrom(x, sumExp(x, { shape: dims }), { shape: dims, out: x }),
).toEqualTypeOf<Float32Array>();
// @ts-expect-error a sum is not optional
softmaxFrom(x);

expectTypeOf(cpu()).toEqualTypeOf<CpuInfo>();
expectTypeOf<SoftmaxError['code']>().extract<'ERR_OUT_OF_RANGE'>().not.toBeNever();
expectTypeOf<SoftmaxError>().toExtend<Error>();
