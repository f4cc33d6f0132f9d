// SPDX-License-Identifier: MIT
import { binding } from './binding.js';
import type { CpuInfo } from './types.js';

/**
 * This processor as the library sees it, and what it chose for it: the answer to most questions
 * about speed, and what a bug report should carry. Never throws.
 *
 * @returns A new object; `isa` is null where `TWO_PASS_SOFTMAX_ISA` asks for an impossible one.
 * @example
 * cpu().isa; // 'avx512'
 */
export function cpu(): CpuInfo {
  return binding.cpu();
}
