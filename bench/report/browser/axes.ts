// SPDX-License-Identifier: MIT
// Where axes end and where they have ticks.
import type { Axis, LineChart, Point } from '../chart.js';

export interface Domains {
  x: number[]; // its ends, or for an ordinal axis every value
  y: [number, number];
}

const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);

/**
 * Covers the medians of several charts, so that they can be compared; linear ones start at zero.
 * Intervals and ideals may reach beyond: they are cut off at the frame, or they would rule.
 */
export function domainsOf(charts: readonly LineChart[]): Domains {
  const points = charts.flatMap(({ lines, roofs }) =>
    [...lines, ...roofs].filter(({ style }) => style !== 'ideal').flatMap((one) => one.points),
  );
  const xs = ascending(points.map(({ x }) => x));
  const levels = charts.flatMap((chart) => chart.levels.map(({ y }) => y));
  const ys = [...points.map(({ y }) => y), ...levels];
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  return {
    x: charts[0]?.x.scale === 'ordinal' ? xs : [Math.min(...xs), Math.max(...xs)],
    y: charts[0]?.y.scale === 'log' ? [least / 1.15, most * 1.15] : [0, most * 1.08],
  };
}

/** Of the values for which there is room: powers of two or ten, on a linear axis whole numbers. */
export function ticksX(
  { scale }: Axis,
  x: Domains['x'],
  points: readonly Point[],
  room: number,
): number[] {
  if (scale === 'ordinal') return x;
  const step = (count: number) => [1, 2, 4, 8, 16, 32].find((one) => count / one <= room) ?? 64;
  const all = ascending(points.map((point) => point.x));
  if (scale === 'linear') {
    const every = step(Math.max(...x));
    return all.filter((one) => one % every === 0 || (one === 1 && every > 2));
  }
  const twos = all.filter((one) => Number.isInteger(Math.log2(one)));
  const base = 2 * twos.length >= all.length ? 2 : 10;
  const powers = Array.from({ length: 64 }, (_, exponent) => exponent).filter(
    (exponent) => base ** exponent >= Math.min(...x) && base ** exponent <= Math.max(...x),
  );
  const every = step(powers.length);
  return powers.filter((one) => one % every === 0).map((one) => base ** one);
}

/** The most of these that stay legible, in every decade. */
const STEPS = [[1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1]];

export function ticksLog([low, high]: Domains['y']): number[] {
  const decades = Array.from({ length: 13 }, (_, index) => 10 ** (index - 6));
  const choices = STEPS.map((steps) =>
    decades
      .flatMap((decade) => steps.map((step) => step * decade))
      .filter((one) => one >= low && one <= high),
  );
  return choices.find(({ length }) => length <= 9) ?? [];
}
