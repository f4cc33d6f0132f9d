// SPDX-License-Identifier: MIT
// Figure: the error of the outputs that were timed.
import type { Result } from '../../cli/schema.js';
import type { Figure, LineChart, Panel } from '../chart.js';
import { algorithmOf, named, settings, sizes } from '../rows.js';
import { ALGORITHMS, OURS, styleOf } from '../styles.js';
import { cacheWalls, LENGTH, panelOf } from './by_size.js';

const PROMISE = 3; // ULP
const LINEAR = 12; // ULP that a linear axis can show beside the promise
const FLOOR = 0.1; // the least that a logarithmic axis shows

export function accuracy(result: Result): Figure {
  const from = settings(result, 'sizes', 1);
  const panels = from.flatMap(({ title, rows }): Panel[] => {
    const judged = rows.filter((row) => algorithmOf(row) && row.errorUlp !== null);
    if (judged.length === 0) return [];
    const largest = Math.max(...judged.map((row) => row.errorUlp ?? 0));
    const chart: LineChart = {
      kind: 'lines',
      x: LENGTH,
      y: { label: 'ULP', scale: largest > LINEAR ? 'log' : 'linear', unit: 'ULP' },
      lines: ALGORITHMS.map((name) => ({
        style: name,
        label: styleOf(name).label,
        points: sizes(judged).flatMap((n) =>
          named(judged, [name], n).map((row) => ({ x: n, y: Math.max(FLOOR, row.errorUlp ?? 0) })),
        ),
      })).filter(({ points }) => points.length > 0),
      roofs: [],
      walls: cacheWalls(result),
      levels: [{ style: 'promise', label: styleOf('promise').label, y: PROMISE, mark: '3 ULP' }],
    };
    return [panelOf(title, chart)];
  });
  const worst = worstError(result);
  return {
    id: 'accuracy',
    title: 'Accuracy by size',
    finding:
      worst === undefined
        ? ''
        : `The worst of this package’s outputs is ${worst.toFixed(2)} ULP off.`,
    caption:
      'The worst error among the outputs checked after timing, against float64, in units of the float32 spacing.',
    panels,
  };
}

/** Of this package, over every row of the file. */
export function worstError(result: Result): number | undefined {
  const errors = named(result.rows, OURS).flatMap(({ verified, errorUlp }) =>
    verified && errorUlp !== null ? [errorUlp] : [],
  );
  return errors.length > 0 ? Math.max(...errors) : undefined;
}
