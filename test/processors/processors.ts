// SPDX-License-Identifier: MIT
// Table: the processors that the suites run as, and what must be chosen on each.
import type { Isa } from '../../lib/index.js';

export interface Processor {
  /** As the means spells it. */
  readonly name: string;
  /**
   * Emulated by qemu-user, which has what the processor has and raises SIGILL on the rest, but no
   * AVX-512. Or claimed, at native speed, by answers to CPUID (cpuid_fault.cc).
   */
  readonly by: 'emulation' | 'claim';
  readonly isa: Isa;
  readonly microarchitecture: string;
}

export const processors: readonly Processor[] = [
  { name: 'Broadwell', by: 'emulation', isa: 'avx2', microarchitecture: 'broadwell' },
  { name: 'EPYC-Rome', by: 'emulation', isa: 'avx2', microarchitecture: 'zen2' },
  { name: 'Haswell', by: 'emulation', isa: 'avx2', microarchitecture: 'haswell' },
  { name: 'Nehalem', by: 'emulation', isa: 'scalar', microarchitecture: 'generic-scalar' },
  { name: 'Broadwell,-fma', by: 'emulation', isa: 'scalar', microarchitecture: 'broadwell' },
  { name: 'Broadwell,-xsave', by: 'emulation', isa: 'scalar', microarchitecture: 'broadwell' },
  // The model of a Skylake-X without its AVX-512: models must not decide.
  { name: 'Skylake-Server', by: 'emulation', isa: 'avx2', microarchitecture: 'skylake-x' },
  { name: 'Skylake-X', by: 'claim', isa: 'avx512', microarchitecture: 'skylake-x' },
  { name: 'Zen 4', by: 'claim', isa: 'avx512', microarchitecture: 'zen4' },
];

/** The variable that tells a suite which processor it should find. */
export const expectedProcessor = 'TPS_EXPECTED_PROCESSOR';
