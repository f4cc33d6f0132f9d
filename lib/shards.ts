// SPDX-License-Identifier: MIT
// Softmax of a row in parts, on worker threads or machines: sumExp() of each part, mergeSumExp() of
// the sums, softmaxFrom() of each part. bench/examples/shards.mjs does it with worker threads.
import { types } from 'node:util';
import { mapRows, numbersOf, readArguments, valuesOf } from './arguments.js';
import { binding, check, Status } from './binding.js';
import { attachedLength } from './dtypes.js';
import { failure, show } from './errors.js';
import { fixedMapReaders, fixedRowReaders, isRevoked } from './options.js';
import type {
  Bits,
  FixedMapOptions,
  FixedRowOptions,
  Like,
  Logits,
  Output,
  OutputFor,
  SumExp,
  SumExps,
} from './types.js';

/** {@link FixedRowOptions} that name a shape: the result has one sum per row. */
export type ShapedSumOptions = FixedRowOptions & { readonly shape: readonly number[] };
/** {@link FixedRowOptions} without a shape: the input is one row or part. */
export type OneSumOptions = FixedRowOptions & { readonly shape?: undefined };

/**
 * The first pass of softmax alone: the sum of `e^x` along one axis as `mantissa * 2^exponent`, which
 * neither overflows nor vanishes. Blocks until done.
 *
 * The bits are the same on every processor. Only -Infinity, or nothing, gives `{ 0, 0 }`; a NaN or
 * +Infinity gives `{ NaN, 0 }`. With a `temperature`, give `softmaxFrom` the same one.
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param options - See {@link FixedRowOptions}.
 * @returns A pair of numbers; with `options.shape` a pair of Float64Arrays, one element per row in
 * row-major order of the other dimensions.
 * @throws RangeError `ERR_OUT_OF_RANGE` for a finite logit above 2^31 in magnitude (after the
 * temperature); a mask is -Infinity. Else as {@link softmaxFrom}.
 * @example
 * sumExp(Float32Array.of(1000)); // { mantissa: 1.6189..., exponent: 1442 }
 */
export function sumExp(input: Logits, options: ShapedSumOptions): SumExps;
export function sumExp(input: Logits, options?: OneSumOptions): SumExp;
export function sumExp(input: Logits, options?: FixedRowOptions): SumExp | SumExps;
export function sumExp(input: Logits, options?: FixedRowOptions): SumExp | SumExps {
  if (options === undefined && types.isFloat32Array(input)) {
    const { mantissa, exponent } = one;
    if (binding.sumExp(input, mantissa, exponent) === Status.ok) return pairOf(one);
  }
  const call = readArguments(input, options, fixedRowReaders);
  const isOne = call.settings.shape === undefined;
  const sums = isOne ? one : { mantissa: valuesOf(call), exponent: valuesOf(call) };
  sums.mantissa[0] = sums.exponent[0] = 0; // of nothing
  const { isa } = call.settings;
  check(binding.sumExp(call.input, sums.mantissa, sums.exponent, numbersOf(call)), isa);
  return isOne ? pairOf(sums) : sums;
}

/** The result of one row, kept: to native code new arrays are dearer than a short row. */
const one: SumExps = { mantissa: new Float64Array(1), exponent: new Float64Array(1) };

const pairOf = ({ mantissa, exponent }: SumExps): SumExp => ({
  mantissa: mantissa[0] as number,
  exponent: exponent[0] as number,
});

/**
 * The sum of the parts' sums. Scaling is exact, each merge rounds once, to double, from the first
 * argument to the last; without arguments the sum is `{ 0, 0 }`.
 *
 * @param sums - What `sumExp` or `mergeSumExp` returned, all of one kind: pairs of numbers, or pairs
 * of Float64Arrays of one length, which merge element by element.
 * @returns A new pair, of the same kind.
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`.
 * @example
 * mergeSumExp(sumExp(row.subarray(0, 500)), sumExp(row.subarray(500)));
 */
export function mergeSumExp(...sums: readonly SumExp[]): SumExp;
export function mergeSumExp(...sums: readonly SumExps[]): SumExps;
export function mergeSumExp(...sums: readonly (SumExp | SumExps)[]): SumExp | SumExps {
  const all = sums.map((sum, i) => readSum(sum, `sums[${i}]`));
  const [first = readSum({ mantissa: 0, exponent: 0 }, ''), ...rest] = all;
  rest.forEach((sum, i) => {
    if (sum.single !== first.single || sum.mantissa.length !== first.mantissa.length) {
      const expected = first.single ? 'two numbers' : `two of ${first.mantissa.length} elements`;
      throw failure('ERR_INVALID_ARG_VALUE', `sums[${i + 1}]`, expected, show(sums[i + 1]));
    }
    first.mantissa.forEach((_, row) => {
      const merged = add(first, sum, row);
      first.mantissa[row] = merged.mantissa;
      first.exponent[row] = merged.exponent;
    });
  });
  const { mantissa, exponent, single } = first;
  return single ? pairOf(first) : { mantissa, exponent };
}

/**
 * The second pass of softmax alone: `e^x / sum` for rows, or parts of rows, whose sums are known.
 * Blocks until done.
 *
 * `softmaxFrom(x, sumExp(x))` has the bits of `softmax(x)`. With a merged sum the results lie within
 * 1 ULP of the undivided ones, within 2 ULP where the largest logit is beyond 65,000 in magnitude.
 * In float64 each merge may add 1 ULP, as it rounds the sum to as many bits as the results have.
 * A sum of NaN gives NaN; a sum of 0 is that of a fully masked row (see `fullyMasked`). With a sum
 * that these logits are no part of, the results mean nothing.
 *
 * @param input - The logits: any view, also of a SharedArrayBuffer or from another realm.
 * @param sum - What `sumExp` or `mergeSumExp` returned: a pair of numbers for one row, or a pair of
 * Float64Arrays with one element per row.
 * @param options - See {@link FixedMapOptions}; `temperature` as it was given to `sumExp`.
 * @returns `options.out`, or a new array of the input's type and length.
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`;
 * Error `ERR_ISA_UNSUPPORTED`. Nothing has been written then.
 * @example
 * const sum = sumExp(logits);
 * softmaxFrom(logits, sum, { out: logits });
 */
export function softmaxFrom<O extends OutputFor<Uint16Array> = Uint16Array>(
  input: Uint16Array,
  sum: SumExp | SumExps,
  options: FixedMapOptions<O> & Bits,
): O;
export function softmaxFrom<
  I extends Exclude<Logits, Uint16Array>,
  O extends OutputFor<I> = Like<I>,
>(input: I, sum: SumExp | SumExps, options?: FixedMapOptions<O>): O;
export function softmaxFrom(
  input: Logits,
  sum: SumExp | SumExps,
  options?: FixedMapOptions<Output>,
): Output {
  const { mantissa, exponent } = readSum(sum, 'sum');
  const call = readArguments(input, options, fixedMapReaders);
  if (mantissa.length !== call.rows) {
    const expected = `one value per row, ${call.rows} in all`;
    throw failure('ERR_INVALID_ARG_VALUE', 'sum', expected, `${mantissa.length}`);
  }
  return mapRows(call, (out, numbers) =>
    binding.softmaxFrom(call.input, out, mantissa, exponent, numbers),
  );
}

interface Sums extends SumExps {
  /** It came as numbers. */
  readonly single: boolean;
}

/** A checked copy. */
function readSum(sum: unknown, argument: string): Sums {
  if (typeof sum !== 'object' || sum === null || isRevoked(sum)) {
    const expected = 'an object with mantissa and exponent';
    throw failure('ERR_INVALID_ARG_TYPE', argument, expected, show(sum));
  }
  const { mantissa, exponent } = sum as {
    readonly mantissa?: unknown;
    readonly exponent?: unknown;
  };
  const single = typeof mantissa === 'number';
  const copy = {
    single,
    mantissa: numbers(mantissa, single, `${argument}.mantissa`),
    exponent: numbers(exponent, single, `${argument}.exponent`),
  };
  if (copy.mantissa.length !== copy.exponent.length) {
    const expected = `${copy.mantissa.length} elements, as the mantissa has`;
    const received = `${copy.exponent.length}`;
    throw failure('ERR_INVALID_ARG_VALUE', `${argument}.exponent`, expected, received);
  }
  for (const m of copy.mantissa) {
    if (m === 0 || (m >= 1 && m < 2) || Number.isNaN(m)) continue;
    throw failure('ERR_OUT_OF_RANGE', `${argument}.mantissa`, '0, NaN or within [1, 2)', `${m}`);
  }
  for (const e of copy.exponent) {
    if (Number.isInteger(e) && Math.abs(e) <= 2 ** 32) continue;
    const expected = 'an integer of at most 2^32 in magnitude';
    throw failure('ERR_OUT_OF_RANGE', `${argument}.exponent`, expected, `${e}`);
  }
  return copy;
}

function numbers(value: unknown, single: boolean, argument: string): Float64Array {
  if (single && typeof value === 'number') return Float64Array.of(value);
  if (!single && types.isFloat64Array(value)) {
    attachedLength(value, argument);
    return new Float64Array(value);
  }
  const expected = single ? 'a number, as the mantissa is' : 'a number or a Float64Array';
  throw failure('ERR_INVALID_ARG_TYPE', argument, expected, show(value));
}

function add(a: SumExps, b: SumExps, row: number): SumExp {
  const at = ({ mantissa, exponent }: SumExps): SumExp => ({
    mantissa: mantissa[row] as number,
    exponent: exponent[row] as number,
  });
  const [x, y] = [at(a), at(b)];
  if (x.mantissa === 0) return y;
  if (y.mantissa === 0) return x;
  const [high, low] = x.exponent >= y.exponent ? [x, y] : [y, x];
  // A power of two scales exactly; what lies 2^-64 below cannot change a bit.
  const mantissa = high.mantissa + low.mantissa * 2 ** Math.max(low.exponent - high.exponent, -64);
  if (Number.isNaN(mantissa)) return { mantissa, exponent: 0 };
  return mantissa < 2
    ? { mantissa, exponent: high.exponent }
    : { mantissa: mantissa / 2, exponent: high.exponent + 1 };
}
