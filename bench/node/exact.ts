// SPDX-License-Identifier: MIT
// What the calls of libraries.ts must give, in float64, and how far a result is from it.
import { type CallName, type Row, TEMPERATURE, TOP_P } from './calls.js';

export type Distance = (result: Float32Array, onlySum?: true) => number;

/** The largest relative error of a result; infinite where something is missing or no number. */
export function exactly(call: CallName, { x, k }: Row): Distance {
  const max = x.reduce((a, b) => Math.max(a, b));
  const sum = x.reduce((a, b) => a + Math.exp(b - max), 0);
  const probabilityOf = (logit: number) => Math.exp(logit - max) / sum;
  if (call === 'softmax') return (y) => worst(y, x, probabilityOf);
  if (call === 'logSoftmax') return (y) => worst(y, x, (logit) => logit - max - Math.log(sum));

  const descending = x.toSorted((a, b) => b - a).subarray(0, k);
  if (call === 'topK') return (y) => worst(y, descending, probabilityOf);

  const terms = Float64Array.from(descending, (logit) => Math.exp((logit - max) / TEMPERATURE));
  const all = terms.reduce((a, b) => a + b);
  let kept = 0;
  for (const term of terms) if (kept < TOP_P * all) kept += term;
  return (result, onlySum) => {
    if (onlySum) return worst(result, Float64Array.of(max), (top) => sum * Math.exp(top));
    const [index = 0, probability = Number.NaN] = result;
    const term = (logit: number) => Math.exp((logit - max) / TEMPERATURE) / kept;
    return worst(Float64Array.of(probability), x.subarray(index, index + 1), term);
  };
}

type Floats = Float32Array | Float64Array;

function worst(result: Floats, logits: Floats, exact: (logit: number) => number): number {
  if (result.length !== logits.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < logits.length; i++) {
    const right = exact(logits[i] as number);
    const error = Math.abs(((result[i] as number) - right) / right);
    if (!(error <= most)) most = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return most;
}
