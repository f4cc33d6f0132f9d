// SPDX-License-Identifier: MIT
// What one writes by hand without a library: tight loops over typed arrays, nothing allocated.

export function softmax(x: Float32Array, out: Float32Array): Float32Array {
  const max = largestOf(x);
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const term = Math.exp((x[i] as number) - max);
    out[i] = term;
    sum += term;
  }
  const scale = 1 / sum;
  for (let i = 0; i < x.length; i++) out[i] = (out[i] as number) * scale;
  return out;
}

export function logSoftmax(x: Float32Array, out: Float32Array): Float32Array {
  const max = largestOf(x);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.exp((x[i] as number) - max);
  const offset = max + Math.log(sum);
  for (let i = 0; i < x.length; i++) out[i] = (x[i] as number) - offset;
  return out;
}

function largestOf(x: Float32Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    if (value > max) max = value;
  }
  return max;
}

/** The largest of `x` in descending order, as many as `values` holds, by insertion. */
export function selectLargest(
  x: Float32Array,
  values: Float32Array,
  indices: Uint32Array,
): Float32Array {
  const k = values.length;
  let count = 0;
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    if (count === k && value <= (values[k - 1] as number)) continue;
    let at = count < k ? count++ : k - 1;
    for (; at > 0 && (values[at - 1] as number) < value; at--) {
      values[at] = values[at - 1] as number;
      indices[at] = indices[at - 1] as number;
    }
    values[at] = value;
    indices[at] = i;
  }
  return values;
}

/** Draws one of `logits`, which descend: the fewest whose probabilities add up to `topP` take part. */
export function drawOfLargest(
  logits: Float32Array,
  temperature: number,
  topP: number,
): { position: number; probability: number } {
  const max = logits[0] as number;
  const terms = Float64Array.from(logits, (x) => Math.exp((x - max) / temperature));
  const all = terms.reduce((a, b) => a + b);
  let kept = 0;
  let count = 0;
  while (count < terms.length && kept < topP * all) kept += terms[count++] as number;
  let rest = Math.random() * kept;
  let position = 0;
  while (position < count - 1 && rest >= (terms[position] as number)) {
    rest -= terms[position++] as number;
  }
  return { position, probability: (terms[position] as number) / kept };
}
