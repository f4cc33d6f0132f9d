// SPDX-License-Identifier: MIT
export { cpu } from './cpu.js';
export type { ErrorCode, SoftmaxError } from './errors.js';
export { softmax } from './softmax.js';
export type {
  Algorithm,
  Cache,
  CpuInfo,
  FullyMasked,
  HalfDtype,
  Isa,
  SoftmaxOptions,
} from './types.js';
