// SPDX-License-Identifier: MIT
// The public names and types. This file is the manual of the options.

/** The algorithms, in the order of the native table (native/tables/algorithms.h). */
export const algorithms = [
  'auto',
  'two-pass',
  'two-pass-reload',
  'paper-two-pass',
  'three-pass-recompute',
  'three-pass-reload',
  'equipped-three-pass',
  'online',
] as const;

/** The instruction sets with kernels, in the order of the native table (native/tables/isas.h). */
export const isas = ['scalar', 'avx2', 'avx512', 'neon'] as const;

export const fullyMaskedRules = ['nan', 'zeros'] as const;
export const halfDtypes = ['float16', 'bfloat16'] as const;

/**
 * How the row is walked. `'auto'` chooses between the two forms of the Two-Pass algorithm, which
 * give the same bits, by size or, where that does not tell whether the output lies in a cache, by
 * what the first few blocks take: `'two-pass'` (sections 4 and 5 of arXiv 2001.04438) computes each exponential
 * twice and moves the least memory, `'two-pass-reload'` keeps the first pass's exponentials in the
 * output. The others are published rivals, kept for benchmarks: `'paper-two-pass'`,
 * `'three-pass-recompute'` and `'three-pass-reload'` are the paper's three algorithms to the letter,
 * `'online'` is the online normalizer, `'equipped-three-pass'` is a three-pass with our means.
 */
export type Algorithm = (typeof algorithms)[number];

/** An instruction set that kernels exist for. */
export type Isa = (typeof isas)[number];

/** What a row of only -Infinity becomes: NaN everywhere, or zeros. */
export type FullyMasked = (typeof fullyMaskedRules)[number];

/** How the 16 bits of a `Uint16Array` are to be read. */
export type HalfDtype = (typeof halfDtypes)[number];

/** `Float16Array`, where this runtime and its types have it. */
export type Float16 = typeof globalThis extends { Float16Array: { readonly prototype: infer T } }
  ? T
  : never;

/** What logits come in. A `Uint16Array` goes with `options.dtype`. */
export type Logits = Float32Array | Float64Array | Float16 | Uint16Array | readonly number[];

/** What results come in: the type of the input, or for halves a Float32Array if that is given. */
export type Output = Float32Array | Float64Array | Float16 | Uint16Array | number[];

/** The type of a new output. */
export type Like<I extends Logits> = I extends Float32Array
  ? Float32Array
  : I extends Float64Array
    ? Float64Array
    : I extends Uint16Array
      ? Uint16Array
      : I extends readonly number[]
        ? number[]
        : Float16;

/** The types that `options.out` can have. */
export type OutputFor<I extends Logits> =
  | Like<I>
  | (I extends Uint16Array | Float16 ? Float32Array : never);

/** What a `Uint16Array` needs. */
export interface Bits {
  readonly dtype: HalfDtype;
}

/**
 * Options of every call on rows. All are optional, and `undefined` is as if not given; a name that is
 * not listed for a call is an error, and so is `null`. Each is read once, and only own properties
 * count.
 */
export interface RowOptions {
  /**
   * The dimensions of the input, row-major, as in the `dims` of an ONNX tensor. Their product must
   * be the length of the input.
   *
   * @defaultValue [input.length]
   * @example softmax(logits, { shape: [32, 1000] }) // 32 rows
   */
  readonly shape?: readonly number[] | undefined;
  /**
   * The dimension whose elements make a row; negative counts from the end.
   *
   * @defaultValue -1
   * @example softmax(image, { shape: [1, 21, 512, 512], axis: 1 }) // over the 21 classes
   */
  readonly axis?: number | undefined;
  /**
   * Computes with `input / temperature`, as `input * (1 / temperature)` with both roundings in the
   * arithmetic type. Positive and finite with a finite reciprocal, or `'adaptive'`, which sharpens
   * each row of high entropy (arXiv 2410.01104): where the entropy H of the row is above 0.5 nats,
   * it is multiplied by max(1, -0.037 H^4 + 0.481 H^3 - 2.3 H^2 + 4.917 H - 1.791).
   *
   * @defaultValue 1
   */
  readonly temperature?: number | 'adaptive' | undefined;
  /**
   * What a row whose every element is -Infinity becomes. `'zeros'` means probabilities 0,
   * log-probabilities -Infinity, entropy 0; no difference to `logSumExp` and `sumExp`.
   *
   * @defaultValue 'nan'
   */
  readonly fullyMasked?: FullyMasked | undefined;
  /**
   * How the bits of a `Uint16Array` are to be read, which needs it. A `Float16Array` may be called
   * `'float16'`, so that one call does for a tensor whose data is either; not for other inputs.
   */
  readonly dtype?: HalfDtype | undefined;
  /**
   * Which kernels run. One that this processor cannot run throws `ERR_ISA_UNSUPPORTED`. Goes
   * before the environment variable `TWO_PASS_SOFTMAX_ISA`. The bits of the result do not depend
   * on it.
   *
   * @defaultValue 'auto'
   */
  readonly isa?: Isa | 'auto' | undefined;
  /**
   * An upper bound for the threads that work on one call, the caller's included. `'auto'` uses one
   * below a tuned size, and from it on as many as there are processors that this process may use.
   * A container's CPU quota is not looked at: give the number there, and 1 where other processes
   * serve beside this one. The bits of the result do not depend on it.
   *
   * @defaultValue 'auto'
   */
  readonly threads?: number | 'auto' | undefined;
}

/** {@link RowOptions} without an adaptive temperature. */
export interface FixedRowOptions extends RowOptions {
  /**
   * As in {@link RowOptions}, but a number.
   *
   * @defaultValue 1
   */
  readonly temperature?: number | undefined;
}

interface Out<O extends Output> {
  /**
   * Where the result goes: an array of the input's type and length, or for halves a Float32Array,
   * which is then returned. The very same view as the input computes in place; any other overlap
   * throws. Pass one and reuse it: a new array costs more than the computation.
   *
   * @defaultValue a new array
   * @example softmax(logits, { out: logits }) // in place
   */
  readonly out?: O;
}

/** Options of the calls that return an array like the input. */
export interface MapOptions<O extends Output = Float32Array> extends RowOptions, Out<O> {}

/** {@link MapOptions} without an adaptive temperature. */
export interface FixedMapOptions<O extends Output = Float32Array> extends FixedRowOptions, Out<O> {}

/** Options of `softmax`. */
export interface SoftmaxOptions<O extends Output = Float32Array> extends MapOptions<O> {
  /**
   * How the row is walked. Leave it alone unless you measure. The published algorithms are for
   * float32 only.
   *
   * @defaultValue 'auto'
   */
  readonly algorithm?: Algorithm | undefined;
}

/**
 * The sum of e^x over a row or a part of one, `mantissa * 2^exponent`: mantissa in [1, 2), exponent
 * an integer. 0 is `{ mantissa: 0, exponent: 0 }`, NaN is `{ mantissa: NaN, exponent: 0 }`.
 */
export interface SumExp {
  readonly mantissa: number;
  readonly exponent: number;
}

/** The sums of several rows, each as in {@link SumExp}. */
export interface SumExps {
  readonly mantissa: Float64Array;
  readonly exponent: Float64Array;
}

/** The most probable elements: one row after the other, or as `shape` with the axis `k` long. */
export interface TopK<O extends Output = Float32Array> {
  /** Along the axis. */
  readonly indices: Uint32Array;
  readonly probabilities: O;
}

/**
 * Options of `sample`: what the distributions are, the filters in the order in which they apply, and
 * where the randomness comes from.
 */
export interface SampleOptions extends Omit<RowOptions, 'fullyMasked'> {
  /**
   * As in {@link RowOptions}, before the filters; or 0, which takes the largest logit, the first of
   * equal ones, with probability 1.
   *
   * @defaultValue 1
   */
  readonly temperature?: number | 'adaptive' | undefined;
  /**
   * Keeps so many of the largest logits, equal ones by lower index. 0 keeps all, and so does a
   * number above the length of the row.
   *
   * @defaultValue 0
   */
  readonly topK?: number | undefined;
  /**
   * Keeps the fewest elements whose probabilities add up to this much, the most probable first:
   * above 0, at most 1. One element is always kept.
   *
   * @defaultValue 1
   */
  readonly topP?: number | undefined;
  /**
   * Keeps the elements that are at least this many times as probable as the most probable one:
   * from 0 to 1.
   *
   * @defaultValue 0
   */
  readonly minP?: number | undefined;
  /**
   * A safe integer of at least 0. Row r of a call is drawn by a hash of (seed, r): different seeds
   * are independent, consecutive ones too, so count them up from token to token.
   *
   * @defaultValue none: `random` is asked
   */
  readonly seed?: number | undefined;
  /**
   * Called once for each row, with no arguments; returns a number of at least 0 and below 1.
   *
   * @defaultValue Math.random
   */
  readonly random?: (() => number) | undefined;
}

/** What the calls that return promises take beside the options of those that block. */
export interface AsyncOptions {
  /**
   * Rejects the promise with the signal's reason when it aborts. A call that waits is taken out of
   * the queue, one that runs is ended early, and `out` is not written.
   *
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined;
}

/** What `sample` has drawn from one row. */
export interface Sample {
  /** Along the axis. */
  readonly index: number;
  /** The probability that it was drawn with, after the filters. */
  readonly probability: number;
  /** Its natural logarithm, accurate also where the probability is close to 1. */
  readonly logProbability: number;
}

/** What `sample` has drawn from several rows: one element for each. */
export interface Samples {
  readonly index: Uint32Array;
  readonly probability: Float64Array;
  readonly logProbability: Float64Array;
}

/** One cache, as one core sees it. 0 is unknown. */
export interface Cache {
  readonly bytes: number;
  readonly lineBytes: number;
  /** The logical processors that share it. */
  readonly sharedBy: number;
}

/** What `cpu()` found, and what it chose. */
export interface CpuInfo {
  readonly vendor: string;
  readonly brand: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  /** The tuning row that matches: a microarchitecture's name, or a generic one. */
  readonly microarchitecture: string;
  /** Of the features that matter here, those that the chip has and the operating system saves. */
  readonly features: readonly string[];
  /** What is missing was not found. */
  readonly caches: { readonly l1d?: Cache; readonly l2?: Cache; readonly l3?: Cache };
  /** The instruction sets that `options.isa` may name here. */
  readonly isas: readonly Isa[];
  /** The one that `'auto'` uses; null if `TWO_PASS_SOFTMAX_ISA` asks for an impossible one. */
  readonly isa: Isa | null;
  /** Whose kernels `'auto'` uses, by the type of the arithmetic. */
  readonly kernels: { readonly float32: Isa | null; readonly float64: Isa | null };
}
