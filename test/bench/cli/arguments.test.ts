// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { parseBench } from '../../../bench/cli/arguments.js';
import { full, paper, quick } from '../../../bench/cli/protocol.js';
import { UsageError } from '../../../bench/cli/usage.js';

const usable = ['scalar', 'avx2', 'avx512'];
const protocol = (...argv: string[]) => parseBench(argv, usable).protocol;

describe('presets', () => {
  it('measures n from 2^6 to 2^27 in steps of 2 with all fast kernels by default', () => {
    const { sizes, isas, caches } = protocol();
    expect(sizes).toEqual(Array.from({ length: 22 }, (_, i) => 2 ** (i + 6)));
    expect(isas).toEqual(['avx2', 'avx512']);
    expect(caches).toBe('warm');
  });
  it('has the sizes, caches and inputs of the paper', () => {
    const { sizes, caches, input } = protocol('--paper');
    expect(sizes).toEqual([1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7, 1e8, 3e8]);
    expect([caches, input.low, input.high]).toEqual(['paper', -1000, 1000]);
    expect(paper.sizes).toBe(sizes);
  });
  it('takes only the preferred kernels when quick', () => {
    expect(protocol('--quick')).toMatchObject({ isas: ['avx512'], sizes: quick.sizes });
  });
  it('falls back on scalar kernels where there are no others', () => {
    expect(parseBench([], ['scalar']).protocol.isas).toEqual(['scalar']);
  });
});

describe('wishes', () => {
  it('reads sizes in every spelling, in order', () => {
    expect(protocol('--sizes', '2^20,1000, 3e6,64').sizes).toEqual([64, 1000, 2 ** 20, 3e6]);
  });
  it('goes before a preset', () => {
    const found = protocol('--quick', '--seconds', '0.25', '--sweeps', '5', '--caches', 'cold');
    expect(found).toMatchObject({ secondsPerPoint: 0.25, sweeps: 5, caches: 'cold' });
    expect(found.sizes).toBe(quick.sizes);
  });
  it('keeps names in the order of their table', () => {
    expect(protocol('--isas', 'avx512,scalar').isas).toEqual(['scalar', 'avx512']);
    expect(protocol('--algorithms', 'online,auto').algorithms).toEqual(['auto', 'online']);
    expect(protocol('--series', 'weak,sizes').series).toEqual(['sizes', 'weak']);
    expect(full.series).toContain('strong');
  });
  it.each([[], ['--quick'], ['--paper']])(
    'measures float32 alone without other wishes: %j',
    (...preset) => {
      expect(protocol(...preset).dtypes).toEqual(['float32']);
    },
  );
  it('knows every type', () => {
    const all = ['float32', 'float16', 'bfloat16', 'float64'];
    expect(protocol('--dtypes', 'float64, bfloat16,float16,float32').dtypes).toEqual(all);
  });
});

it.each([
  [['--quick', '--paper'], '--quick and --paper exclude each other'],
  [['--fast'], "Unknown option '--fast'"],
  [['64'], "Unexpected argument '64'"],
  [['--sizes', '0'], "--sizes: expected 1 to 4294967296, received '0'"],
  [['--sizes', '2^x'], "received '2^x'"],
  [['--sizes', '1.5'], "--sizes: expected an integer, received '1.5'"],
  [['--sizes', '8,,9'], "received ''"],
  [['--algorithms', 'fastest'], "received 'fastest'"],
  [['--isas', 'neon'], "--isas: expected scalar, avx2, avx512, received 'neon'"],
  [
    ['--dtypes', 'float32,float8'],
    "--dtypes: expected float32, float16, bfloat16, float64, received 'float8'",
  ],
  [['--dtypes', 'float32,bfloat16', '--algorithms', 'online'], 'nothing to measure of bfloat16'],
  [['--dtypes', 'float64', '--series', 'passes'], 'only auto, two-pass, two-pass-reload know it'],
  [['--threads', '1000000'], '--threads: expected 1 to '],
  [['--series', 'all'], "received 'all'"],
  [['--caches', 'hot'], "--caches: expected warm, paper, cold, received 'hot'"],
  [['--seconds', 'NaN'], "--seconds: expected 0.01 to 3600, received 'NaN'"],
  [['--sweeps', '0'], "--sweeps: expected 1 to 100, received '0'"],
])('refuses %j', (argv, message) => {
  expect(() => protocol(...argv)).toThrow(UsageError);
  expect(() => protocol(...argv)).toThrow(message);
});
