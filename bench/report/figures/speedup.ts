// SPDX-License-Identifier: MIT
// Figure: how much faster than three passes, beside what the paper claims.
import type { Result, Row } from '../../cli/schema.js';
import { ratio } from '../../cli/statistics.js';
import type { Figure, Line, LineChart, Point } from '../chart.js';
import { at, times } from '../format.js';
import { fastest, named, settings, sizes } from '../rows.js';
import { type Algorithm, PUBLISHED_THREE_PASS, type StyleId, styleOf } from '../styles.js';
import { cacheWalls, LENGTH, panelOf } from './by_size.js';

/** Dukhan and Ablavatski, "The Two-Pass Softmax Algorithm", 2020: up to, out of cache, Skylake-X. */
export const CLAIMS: Readonly<Record<string, number>> = { avx512: 1.28, avx2: 1.18 };

function levels(isa: string): LineChart['levels'] {
  const claim = CLAIMS[isa];
  if (claim === undefined) return [];
  return [{ style: 'claim', label: styleOf('claim').label, y: claim, mark: times(claim) }];
}

const COMPARISONS: readonly {
  style: StyleId;
  label: string;
  ours: Algorithm;
  rivals: readonly Algorithm[];
}[] = [
  {
    style: 'auto',
    label: 'ours, over the best published three-pass',
    ours: 'auto',
    rivals: PUBLISHED_THREE_PASS,
  },
  {
    style: 'equipped-three-pass',
    label: 'ours, over three-pass equipped as ours',
    ours: 'auto',
    rivals: ['equipped-three-pass'],
  },
  {
    style: 'paper-two-pass',
    label: 'two-pass as published, over the best published three-pass',
    ours: 'paper-two-pass',
    rivals: PUBLISHED_THREE_PASS,
  },
];

export function gain(rival: Row, ours: Row): Point {
  const { value, low, high } = ratio(rival.time, ours.time);
  return {
    x: ours.n,
    y: value,
    low,
    high,
    noisy: rival.noisy || ours.noisy,
  };
}

export function speedups(rows: readonly Row[]): Line[] {
  return COMPARISONS.map(({ style, label, ours, rivals }) => ({
    style,
    label,
    points: sizes(rows).flatMap((n) => {
      const [own] = named(rows, [ours], n);
      const rival = fastest(named(rows, rivals, n));
      return own && rival ? [{ ...gain(rival, own), note: `over ${rival.name}` }] : [];
    }),
  })).filter(({ points }) => points.length > 0);
}

export function speedup(result: Result): Figure {
  const from = settings(result, 'sizes', 1);
  const panels = from.flatMap(({ title, isa, rows }) => {
    const lines = speedups(rows);
    const chart: LineChart = {
      kind: 'lines',
      x: LENGTH,
      y: { label: 'times as fast', scale: 'linear', unit: '×' },
      lines,
      roofs: [],
      walls: cacheWalls(result),
      levels: levels(isa),
    };
    return lines.length > 0 ? [{ ...panelOf(title, chart), ends: lines[0]?.points.at(-1) }] : [];
  });
  const found = panels.flatMap(({ title, ends }) =>
    ends ? [`${times(ends.y)} with ${title} at ${at(ends.x)}`] : [],
  );
  return {
    id: 'speedup',
    title: 'Two passes over three',
    finding: found.length > 0 ? `Over the best published three-pass: ${found.join(', ')}.` : '',
    caption:
      'How many times as fast as three passes over the same buffers. Level lines: the paper’s best, out of cache on Skylake-X, 28 % with AVX512 and 18 % with AVX2. The other blue line is the paper’s algorithm as measured here.',
    panels: panels.map(({ ends: _, ...panel }) => panel),
  };
}
