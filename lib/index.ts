// SPDX-License-Identifier: MIT
export { logSoftmaxAsync, sampleAsync, softmaxAsync } from './async.js';
export { cpu } from './cpu.js';
export type { ErrorCode, SoftmaxError } from './errors.js';
export {
  entropy,
  logSoftmax,
  logSumExp,
  type OneRowOptions,
  type ShapedRowOptions,
} from './logs.js';
export { type OneSampleOptions, type ShapedSampleOptions, sample } from './sample.js';
export {
  mergeSumExp,
  type OneSumOptions,
  type ShapedSumOptions,
  softmaxFrom,
  sumExp,
} from './shards.js';
export { softmax } from './softmax.js';
export { stableMax } from './stable.js';
export { topK } from './topk.js';
export type {
  Algorithm,
  AsyncOptions,
  Bits,
  Cache,
  CpuInfo,
  FixedMapOptions,
  FixedRowOptions,
  Float16,
  FullyMasked,
  HalfDtype,
  Isa,
  Like,
  Logits,
  MapOptions,
  Output,
  OutputFor,
  RowOptions,
  Sample,
  SampleOptions,
  Samples,
  SoftmaxOptions,
  SumExp,
  SumExps,
  TopK,
} from './types.js';
