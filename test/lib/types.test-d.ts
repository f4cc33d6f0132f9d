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
  softmaxFrom,
  stableMax,
  sumExp,
  type TopK,
  topK,
} from '../../lib/index.js';

declare const x: Float32Array;
declare const shared: Float32Array<SharedArrayBuffer>;
declare const dims: readonly number[]; // of a tensor
declare const mapOptions: SoftmaxOptions;
declare const rowOptions: RowOptions;
declare const fixedOptions: FixedRowOptions;
declare const sampleOptions: SampleOptions;

// Calls that give back an array like the input.
for (const map of [softmax, logSoftmax, stableMax]) {
  expectTypeOf(map(x)).toEqualTypeOf<Float32Array>();
  expectTypeOf(map(shared, { out: x, shape: dims, axis: 0 })).toEqualTypeOf<Float32Array>();
}
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
