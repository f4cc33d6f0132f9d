// SPDX-License-Identifier: MIT
// Finds, loads and types the native binary. The only file that knows paths.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { View } from './dtypes.js';
import { failure, show } from './errors.js';
import type { Algorithm, CpuInfo, Isa } from './types.js';

/** What the native side answers; native/binding_arguments.h has the same numbers. */
export const Status = {
  ok: 0,
  isaUnsupported: 1,
  outOfMemory: 2,
  /** sumExp: a finite logit above 2^31 in magnitude. */
  logitTooLarge: 3,
  /** A published algorithm beside another type than float32. */
  dtypeUnsupported: 4,
  /** Ended early; what was computed is of no use. */
  stopped: 5,
  /** The arrays or numbers cannot be used safely; nothing was read or written. */
  badArgument: -1,
  /** Input and output share memory without being the same. */
  overlap: -2,
} as const;

/**
 * Without numbers a call is on one row of float32 with default options; there, what is not an input
 * of a length above 0 and a result that fits it is answered by a status.
 */
type MapCall = (input: View, output: View, numbers?: Float64Array) => number;

/** One number per row in `values`. */
export type ValueCall = (input: View, values: Float64Array, numbers?: Float64Array) => number;

type JobArguments = [flag: Int32Array, done: (status: number) => void];
type SampleArguments = [
  input: View,
  numbers: Float64Array,
  indices: Uint32Array,
  probabilities: Float64Array,
  logProbabilities: Float64Array,
  /** One for each row, in [0, 1); without them, they are made from the seed. */
  uniforms: Float64Array | undefined,
];

/**
 * The native calls. They check that arrays are long enough in bytes, and numbers; that an array is
 * of the type that the numbers say is up to the caller.
 */
export interface Binding {
  softmax: MapCall;
  logSoftmax: MapCall;
  stableMax: MapCall;
  logSumExp: ValueCall;
  entropy: ValueCall;
  sumExp(
    input: View,
    mantissas: Float64Array,
    exponents: Float64Array,
    numbers?: Float64Array,
  ): number;
  softmaxFrom(
    input: View,
    output: View,
    mantissas: Float64Array,
    exponents: Float64Array,
    numbers: Float64Array,
  ): number;
  topK(
    input: View,
    indices: Uint32Array,
    probabilities: View,
    k: number,
    numbers?: Float64Array,
  ): number;
  /**
   * A row without a distribution gets the probability NaN. With two arguments there is one row, and
   * its results go behind the numbers.
   */
  sample: {
    (input: View, numbers: Float64Array): number;
    (...rest: SampleArguments): number;
  };
  /**
   * The calls of the same names on another thread. Raising the flag ends one early. `done` is called
   * with a status, once, if the answer is ok. The arrays must keep their memory until then.
   */
  softmaxAsync(...rest: [...JobArguments, ...Required<Parameters<MapCall>>]): number;
  logSoftmaxAsync(...rest: [...JobArguments, ...Required<Parameters<MapCall>>]): number;
  sampleAsync(...rest: [...JobArguments, ...SampleArguments]): number;
  /** What logSoftmax would answer without computing. */
  checkMap: MapCall;
  /** Ends early all such calls of this process. */
  stopAll(): number;
  cpu(): CpuInfo;
  readonly isas: readonly Isa[];
  readonly algorithms: readonly Algorithm[];
  readonly dtypes: readonly string[];
  readonly measure: Measure;
}

/** Something that can be timed, and the arrays it moves per run. */
export interface Traffic {
  readonly name: string;
  readonly reads: number;
  readonly writes: number;
}

/** An element type: bytes of one in memory, and in the type that it is computed in. */
export interface ElementSize {
  readonly name: string;
  readonly bytes: number;
  readonly computed: number;
}

/**
 * What the `bench` command measures with. `candidates`: five numbers each, the kind of subject
 * (index into `subjects`), its index there, the isa's, threads, and runs per timing. `x` and `y`
 * are memory to use for elements of `dtype` (index into `dtypes`); what does not fit them, or
 * cannot run, is answered by null.
 */
export interface Measure {
  readonly dtypes: readonly ElementSize[];
  /** Algorithms, passes, memory kernels. */
  readonly subjects: readonly [readonly Traffic[], readonly Traffic[], readonly Traffic[]];
  /** Nanoseconds per run, the rounds of a candidate side by side; `state`: 0 warm, 1 paper, 2 cold. */
  time(
    x: Float32Array,
    y: Float32Array,
    dtype: number,
    rows: number,
    n: number,
    candidates: Int32Array,
    state: number,
    rounds: number,
    start: number,
  ): Float64Array | null;
  /** The worst error of each candidate in ULP of the type. */
  check(
    x: Float32Array,
    y: Float32Array,
    dtype: number,
    rows: number,
    n: number,
    candidates: Int32Array,
  ): Float64Array | null;
  /** In words, for algorithms. */
  plan(
    x: Float32Array,
    y: Float32Array,
    dtype: number,
    rows: number,
    n: number,
    candidates: Int32Array,
  ): (string | null)[] | null;
  /** Numbers uniform in [low, high), rounded to the type. */
  fill(x: Float32Array, dtype: number, low: number, high: number, seed: number): boolean;
  /**
   * Plans from now on for another size to stream from (the tuning row's recompute_bytes); without
   * one, for the processor's own.
   */
  assume(recomputeBytes?: number): void;
  /** Pins this thread and the workers to processors; none: sets them free. False: not pinned. */
  pin(cpus: Int32Array): boolean;
}

/** Where this process runs, as far as it decides on a binary. */
export interface Host {
  readonly root: string;
  readonly platform: string;
  readonly arch: string;
  readonly libc: 'glibc' | 'musl' | undefined;
  readonly override: string | undefined;
}

/** musl is what this process has mapped, whatever else is installed beside it. */
export function libcOf(memoryMap: string): 'glibc' | 'musl' {
  return /\/ld-musl-[^/\n]*\.so/.test(memoryMap) ? 'musl' : 'glibc';
}

function memoryMap(): string {
  try {
    return readFileSync('/proc/self/maps', 'latin1');
  } catch {
    return ''; // hidden from this process (Deno without --allow-all): glibc is the safer guess
  }
}

export function thisHost(): Host {
  const { platform, arch, env } = process;
  return {
    root: resolve(__dirname, '..'),
    platform,
    arch,
    libc: platform === 'linux' ? libcOf(memoryMap()) : undefined,
    override: env['TWO_PASS_SOFTMAX_BINARY'],
  };
}

/** The files to try, in order: the one asked for, or the local build and then the prebuilt one. */
export function candidates({ root, platform, arch, libc, override }: Host): readonly string[] {
  if (override) return [resolve(override)];
  const prebuilt = ['two-pass-softmax', ...(libc ? [libc] : []), 'node'].join('.');
  return [
    join(root, 'build', 'Release', 'two-pass-softmax.node'),
    join(root, 'prebuilds', `${platform}-${arch}`, prebuilt),
  ];
}

export function load(host: Host): Binding {
  const tried: string[] = [];
  for (const file of candidates(host)) {
    try {
      if (existsSync(file)) return require(file);
      tried.push(`${file} (no such file)`);
    } catch (error) {
      tried.push(`${file} (${error instanceof Error ? error.message : show(error)})`);
    }
  }
  const libc = host.libc ? `, ${host.libc}` : '';
  const bundle = 'If a bundle holds this code, make two-pass-softmax external.';
  throw failure(
    'ERR_NO_BINARY',
    host.override ? 'TWO_PASS_SOFTMAX_BINARY' : 'two-pass-softmax',
    `a binary that loads on ${host.platform}-${host.arch}${libc}`,
    `none from ${tried.join(', ')}. ${bundle} To build one from source:
  npm install --save-dev cmake-js node-addon-api
  npx cmake-js rebuild -d node_modules/two-pass-softmax`,
  );
}

/** Turns what the native side answered, if it is not a result, into an error. */
export function check(status: number, isa: Isa | 'auto' = 'auto'): void {
  switch (status) {
    case Status.ok:
      return;
    case Status.isaUnsupported:
      throw isa === 'auto'
        ? failure('ERR_ISA_UNSUPPORTED', ISA, usable(), show(process.env[ISA]))
        : failure('ERR_ISA_UNSUPPORTED', 'options.isa', usable(), show(isa));
    case Status.overlap: {
      const expected = 'the input itself or memory apart from it';
      throw failure('ERR_INVALID_ARG_VALUE', 'options.out', expected, 'a part of the input');
    }
    case Status.logitTooLarge: {
      const expected = 'finite logits of at most 2^31 in magnitude';
      throw failure('ERR_OUT_OF_RANGE', 'input', expected, 'a larger one');
    }
    case Status.dtypeUnsupported: {
      const expected = "'auto', 'two-pass' or 'two-pass-reload', as the input is not float32";
      throw failure('ERR_INVALID_ARG_VALUE', 'options.algorithm', expected, 'a published one');
    }
    case Status.stopped:
      throw failure('ERR_INVALID_STATE', 'two-pass-softmax', 'a process that goes on', 'its end');
    case Status.outOfMemory:
      throw failure('ERR_INVALID_STATE', 'two-pass-softmax', 'scratch memory', 'none');
    default:
      throw failure('ERR_INVALID_STATE', 'two-pass-softmax', 'a known status', `${status}`);
  }
}

const ISA = 'TWO_PASS_SOFTMAX_ISA';
const usable = () => `an isa of this processor (${binding.cpu().isas.join(', ')})`;

export const binding: Binding = load(thisHost());
