// SPDX-License-Identifier: MIT
// From samples to what a row says about them. No assumption about their distribution: times have a
// long tail on the right, and a mean or a standard deviation would report the tail.
import type { Time } from './schema.js';

const CONFIDENCE = 0.95;
const TELLING = 0.1; // an interval wider than this part of the median is too wide

/** The fewest rounds whose interval reaches from end to end of them with 95 %. */
export const LEAST_ROUNDS = 6;

/**
 * Sums up the rounds of one candidate, sweep by sweep. The interval is that of the order
 * statistics: the true median lies between the k-th smallest and the k-th largest of n independent
 * samples with probability 1 - 2 P(B < k), B binomial(n, 1/2). Samples of one sweep are near in
 * time and so not quite independent: the interval also takes in every sweep's own median.
 */
export function summarize(sweeps: readonly (readonly number[])[]): Time {
  const sorted = ascending(sweeps.flat());
  const k = orderRank(sorted.length);
  const medians = sweeps.filter(({ length }) => length > 0).map((sweep) => median(sweep));
  return {
    median: quantile(sorted, 0.5),
    min: at(sorted, 0),
    q1: quantile(sorted, 0.25),
    q3: quantile(sorted, 0.75),
    low: Math.min(at(sorted, k), ...medians),
    high: Math.max(at(sorted, sorted.length - 1 - k), ...medians),
    rounds: sorted.length,
  };
}

export function median(samples: readonly number[]): number {
  return quantile(ascending(samples), 0.5);
}

/** Whether the interval is too wide to tell a difference of a tenth. */
export function isNoisy({ low, high, median }: Time): boolean {
  return high - low > TELLING * median;
}

interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How much longer `a` takes than `b`, with the interval that both intervals leave open. */
export function ratio(a: Time, b: Time): Ratio {
  return { value: a.median / b.median, low: a.low / b.high, high: a.high / b.low };
}

/**
 * What a run of its own adds to an interval: clock and pages are other ones a minute later. Found:
 * nineteen rows of twenty within 1.01 to 1.06 of their intervals, in five pairs of quick runs.
 */
export const RUN = 0.03;

/** The same of two runs. */
export function ratioOfRuns(a: Time, b: Time): Ratio {
  const { value, low, high } = ratio(a, b);
  const wider = (1 + RUN) ** 2;
  return { value, low: low / wider, high: high * wider };
}

function ascending(samples: readonly number[]): readonly number[] {
  if (samples.length === 0) throw new Error('no samples');
  return [...samples].sort((a, b) => a - b);
}

function at(sorted: readonly number[], i: number): number {
  return sorted[i] ?? Number.NaN;
}

/** Linear between the samples, the first being quantile 0 and the last 1. */
function quantile(sorted: readonly number[], part: number): number {
  const where = part * (sorted.length - 1);
  const below = Math.floor(where);
  const low = at(sorted, below);
  return low + (where - below) * (at(sorted, Math.ceil(where)) - low);
}

/** The largest k, from 0, for which samples k and n - 1 - k still enclose the median surely enough. */
function orderRank(n: number): number {
  let term = 2 ** -n; // P(B = k)
  let below = term; // P(B <= k)
  let k = 0;
  for (; 2 * (below + (term * (n - k)) / (k + 1)) <= 1 - CONFIDENCE; k++) {
    term *= (n - k) / (k + 1);
    below += term;
  }
  return k;
}
