// SPDX-License-Identifier: MIT
export { cpu } from './cpu.js';
export type { ErrorCode, SoftmaxError } from './errors.js';
export {
  entropy,
  logSoftmax,
  logSumExp,
  type OneRowOptions,
  type ShapedRowOptions,
} from './logs.js';
export {
  mergeSumExp,
  type OneSumOptions,
  type ShapedSumOptions,
  softmaxFrom,
  sumExp,
} from './shards.js';
export { softmax } from './softmax.js';
export { stableMax } from './stable.js';
export type {
  Algorithm,
  Cache,
  CpuInfo,
  FixedMapOptions,
  FixedRowOptions,
  FullyMasked,
  HalfDtype,
  Isa,
  MapOptions,
  RowOptions,
  SoftmaxOptions,
  SumExp,
  SumExps,
} from './types.js';
