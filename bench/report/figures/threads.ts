// SPDX-License-Identifier: MIT
// Figure: more threads. Strong: one row shared. Weak: a row for each. And by size, all over one.
import type { Result, Row } from '../../cli/schema.js';
import type { Axis, Figure, Line, LineChart, Panel } from '../chart.js';
import { at, size, times } from '../format.js';
import { limitNs, named, settings } from '../rows.js';
import { OURS, styleOf } from '../styles.js';
import { algorithmLines, cacheWalls, EFFECTIVE, LENGTH, panelOf } from './by_size.js';
import { gain } from './speedup.js';

const THREADS: Axis = { label: 'threads', scale: 'linear', unit: '' };
const TOTAL: Axis = { label: 'effective GB/s', scale: 'linear', unit: 'GB/s' };

const counts = (rows: readonly Row[]) =>
  [...new Set(rows.map((row) => row.threads))].sort((a, b) => a - b);

function limit(rows: readonly Row[], n: number): Line {
  return {
    style: 'roof-two',
    label: styleOf('roof-two').label,
    points: counts(rows).flatMap((threads) => {
      const ns = limitNs(
        rows.filter((row) => row.threads === threads),
        n,
        2,
      );
      return ns ? [{ x: threads, y: 8 / ns }] : [];
    }),
  };
}

function scaling(result: Result, series: 'strong' | 'weak'): Panel[] {
  return settings(result, series).flatMap(({ title, rows }) => {
    const threads = counts(rows);
    const n = Math.max(...rows.map((row) => row.n));
    const here = rows.filter((row) => row.n === n);
    const lines = algorithmLines(here, EFFECTIVE, (row) => row.threads);
    const one = lines[0]?.points.find(({ x }) => x === 1);
    if (threads.length < 2 || !one) return [];
    const ideal: Line = {
      style: 'ideal',
      label: styleOf('ideal').label,
      points: threads.map((x) => ({ x, y: x * one.y })),
    };
    const what = series === 'strong' ? `one row of ${size(n)}` : `a row of ${size(n)} per thread`;
    const chart: LineChart = {
      kind: 'lines',
      x: THREADS,
      y: TOTAL,
      lines,
      roofs: [limit(here, n), ideal].filter(({ points }) => points.length > 0),
      walls: [],
      levels: [],
      beyond: 'above',
    };
    return [panelOf(`${title}, ${what}`, chart)];
  });
}

/** All threads over one, by size, for what can use them. */
function together(result: Result): Panel[] {
  return settings(result, 'sizes').flatMap(({ title, rows }) => {
    const most = Math.max(...rows.map((row) => row.threads));
    const lines = OURS.flatMap((name): Line[] => {
      const points = named(rows, [name])
        .filter((row) => row.threads === most)
        .flatMap((row) => {
          const alone = named(rows, [name], row.n).find((one) => one.threads === 1);
          return alone ? [gain(alone, row)] : [];
        });
      return points.length > 0 ? [{ style: name, label: styleOf(name).label, points }] : [];
    });
    if (most === 1 || lines.length === 0) return [];
    const chart: LineChart = {
      kind: 'lines',
      x: LENGTH,
      y: { label: 'times one thread', scale: 'linear', unit: '×' },
      lines,
      roofs: [],
      walls: cacheWalls(result),
      levels: [],
    };
    return [panelOf(`${title}, ${most} threads over one, by size`, chart)];
  });
}

export function threads(result: Result): Figure {
  const bySize = together(result);
  const last =
    bySize[0]?.chart.kind === 'lines' ? bySize[0].chart.lines[0]?.points.at(-1) : undefined;
  return {
    id: 'threads',
    title: 'Threads',
    finding: last ? `All threads together: ${times(last.y)} one thread at ${at(last.x)}.` : '',
    caption:
      'Total effective bandwidth by the number of pinned threads: strong scaling shares one row, weak scaling gives each thread its own. The limit is the best read sweep and the best copy with as many threads.',
    panels: [...scaling(result, 'strong'), ...scaling(result, 'weak'), ...bySize],
  };
}
