// SPDX-License-Identifier: MIT
// Softmax from its definition, in float64, and how far a float32 result is from it.

/** Probabilities of a row-major [outer, n, inner] array along the middle axis, not yet rounded. */
export function softmaxOf(input: ArrayLike<number>, outer: number, n: number, inner: number) {
  const result = new Float64Array(input.length);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < inner; k++) {
      const at = (i: number) => (o * n + i) * inner + k;
      const row = Array.from({ length: n }, (_, i) => input[at(i)] as number);
      const max = Math.max(...row);
      const sum = row.reduce((total, x) => total + Math.exp(x - max), 0);
      row.forEach((x, i) => {
        result[at(i)] = Math.exp(x - max) / sum;
      });
    }
  }
  return result;
}

/** The distance in units of the last place of float32 at `exact`. */
export function ulps(actual: number, exact: number): number {
  const exponent = Math.max(Math.floor(Math.log2(exact)), -126);
  return Math.abs(actual - exact) / 2 ** (exponent - 23);
}

/** The promise of the library: 3 ULP, and 0 below 2^-126. */
export function farthest(actual: Float32Array, exact: Float64Array): number {
  let worst = 0;
  exact.forEach((want, i) => {
    const got = actual[i] as number;
    const distance = want < 2 ** -126 && got === 0 ? 0 : ulps(got, want);
    if (!(distance <= worst)) worst = distance;
  });
  return worst;
}

/** Logits that differ from run to run only by `seed`: a linear congruence, uniform in [-r, r). */
export function logits(length: number, range = 10, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * range;
  });
}

/** Equal to the last bit; tells -0 from 0, and is much faster than comparing elements. */
export function sameBits(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const bytes = (view: ArrayBufferView) =>
    Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return bytes(a).equals(bytes(b));
}
