// SPDX-License-Identifier: MIT

/** Softmax of every row of `n` logits in float64. */
export function reference(logits: Float32Array, n: number): Float64Array {
  const exact = new Float64Array(logits.length);
  for (let at = 0; at < logits.length; at += n) {
    const row = Float64Array.from(logits.subarray(at, at + n));
    const max = row.reduce((a, b) => Math.max(a, b));
    const terms = row.map((x) => Math.exp(x - max));
    const sum = terms.reduce((a, b) => a + b);
    exact.set(
      terms.map((term) => term / sum),
      at,
    );
  }
  return exact;
}

/** Log-softmax of one row in float64, also where a probability is close to 1. */
export function referenceLog(logits: Float32Array): Float64Array {
  const max = logits.reduce((a, b) => Math.max(a, b));
  const first = logits.indexOf(max);
  const others = logits.reduce((sum, x, i) => (i === first ? sum : sum + Math.exp(x - max)), 0);
  return Float64Array.from(logits, (x) => x - max - Math.log1p(others));
}

const MIN_EXPONENT = -126; // below 2^-126 a float32 is subnormal, and our results are zero
const flush = (value: number): number => (value < 2 ** MIN_EXPONENT ? 0 : value);

const float64 = new Float64Array(1);
const words = new Uint32Array(float64.buffer); // little-endian, as every processor Node runs on

/** The distance between the float32 around `value`, by its binade and not by its rounding. */
function spacing(value: number): number {
  float64[0] = value;
  const exponent = (((words[1] ?? 0) >>> 20) & 2047) - 1023;
  return 2 ** (Math.max(exponent, MIN_EXPONENT) - 23);
}

/** The largest distance of `values` from `exact`, in float32 ULP of the exact value; NaN spreads. */
export function maxUlp(values: Float32Array, exact: Float32Array | Float64Array): number {
  return values.reduce((worst, value, i) => {
    const right = flush(exact[i] ?? Number.NaN);
    return Math.max(worst, Math.abs(flush(value) - right) / spacing(right));
  }, 0);
}
