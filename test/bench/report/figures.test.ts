// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import type { Row } from '../../../bench/cli/schema.js';
import type { Figure, LineChart } from '../../../bench/report/chart.js';
import { figures } from '../../../bench/report/figures/index.js';
import { shares } from '../../../bench/report/figures/passes.js';
import { headline } from '../../../bench/report/headline.js';
import { limit, partial, resultOf, row, sample, typed } from './rows.js';

function figure(id: string, rows: Row[]): Figure {
  const found = figures(resultOf(...rows)).find((one) => one.id === id);
  if (!found) throw new Error(`no figure ${id}`);
  return found;
}

function lines(id: string, rows: Row[], panel = 0): LineChart {
  const chart = figure(id, rows).panels[panel]?.chart;
  if (chart?.kind !== 'lines') throw new Error(`no lines in figure ${id}`);
  return chart;
}

const ys = (chart: LineChart, style: string) =>
  [...chart.lines, ...chart.roofs].find((line) => line.style === style)?.points.map(({ y }) => y);

const memory = [limit('read', 0.3), limit('read-8', 0.2), limit('copy', 0.9), limit('copy-4', 0.6)];

describe('by size', () => {
  it('shows the paper’s bandwidth, with limits made of the best sweeps', () => {
    const chart = lines('effective', [row('auto', 1), ...memory]);
    expect(ys(chart, 'auto')).toEqual([8]);
    expect(ys(chart, 'roof-two')?.[0]).toBeCloseTo(8 / (0.2 + 0.6), 9);
    expect(ys(chart, 'roof-three')?.[0]).toBeCloseTo(8 / (0.2 + 0.2 + 0.6), 9);
    expect(chart.beyond).toBe('above');
  });

  it('turns the interval of the time over for rates', () => {
    const [point] = lines('effective', [row('auto', 1)]).lines[0]?.points ?? [];
    expect(point?.low).toBeCloseTo(8 / 1.01, 9);
    expect(point?.high).toBeCloseTo(8 / 0.99, 9);
  });

  it('holds limits found with one isa against every isa', () => {
    const chart = lines('time', [row('auto', 1, { isa: 'avx2' }), ...memory]);
    expect(ys(chart, 'roof-two')?.[0]).toBeCloseTo(0.8, 9);
    expect(chart.beyond).toBe('below');
  });

  it('puts walls where input and output fill a cache', () => {
    expect(lines('time', [row('auto', 1)]).walls).toEqual([
      { x: 6144, label: 'L1 48\u00a0KiB' },
      { x: 262144, label: 'L2 2\u00a0MiB' },
      { x: 62914560, label: 'L3 480\u00a0MiB' },
    ]);
  });

  it('leaves out what failed its check', () => {
    const chart = lines('time', [row('auto', 1), row('online', 0.1, { verified: false })]);
    expect(chart.lines.map(({ style }) => style)).toEqual(['auto']);
  });

  it('shows oneDNN, but not our own run beside it', () => {
    const beside = { process: 'onednn' } as const;
    const chart = lines('time', [row('auto', 1), row('auto', 5, beside), row('onednn', 2, beside)]);
    expect(ys(chart, 'auto')).toEqual([1]);
    expect(ys(chart, 'onednn')).toEqual([2]);
  });

  it('separates states of the caches', () => {
    const { panels } = figure('time', [row('auto', 1), row('auto', 2, { caches: 'cold' })]);
    expect(panels.map(({ title }) => title)).toEqual(['AVX512, warm', 'AVX512, cold']);
  });
});

describe('two passes over three', () => {
  const rows = [
    row('auto', 1),
    row('paper-two-pass', 1.6),
    row('three-pass-recompute', 2),
    row('three-pass-reload', 1.8),
    row('equipped-three-pass', 1.3),
  ];

  it('divides by the best rival and claims no more than both intervals allow', () => {
    const chart = lines('speedup', rows);
    expect(ys(chart, 'auto')?.[0]).toBeCloseTo(1.8, 9);
    expect(ys(chart, 'equipped-three-pass')?.[0]).toBeCloseTo(1.3, 9);
    expect(ys(chart, 'paper-two-pass')?.[0]).toBeCloseTo(1.8 / 1.6, 9);
    expect(chart.lines[0]?.points[0]?.low).toBeCloseTo((1.8 * 0.99) / 1.01, 9);
  });

  it.each([
    ['avx512', 1.28],
    ['avx2', 1.18],
  ])('draws the claim of the paper for %s', (isa, y) => {
    const chart = lines(
      'speedup',
      rows.map((one) => ({ ...one, isa })),
    );
    expect(chart.levels.map((level) => level.y)).toEqual([y]);
  });

  it('says so in the first number of the page, with the size', () => {
    const [first, second] = headline(resultOf(...rows, ...memory));
    expect(first?.value).toBe('1.80×');
    expect(first?.text).toContain('10³');
    expect(second?.value).toBe('80\u00a0%');
  });
});

describe('passes', () => {
  const at = { series: 'passes' } as const;
  const rows = [
    row('sum-exp', 0.4, { ...at, kind: 'pass', reads: 1, writes: 0 }),
    row('scale-exp', 0.8, { ...at, kind: 'pass', reads: 1, writes: 1 }),
    ...memory.map((one) => ({ ...one, ...at })),
    limit('add', 0.1, { ...at, reads: 2 }),
  ];

  it('compares like with like: reads with the best sweep, writes with the best copy', () => {
    expect(shares(rows).map(({ limit, share }) => [limit.name, Math.round(share)])).toEqual([
      ['read-8', 50],
      ['copy-4', 75],
    ]);
  });

  it('keeps one row of dots for each pass under the heading of its algorithm', () => {
    const chart = figure('passes', rows).panels[0]?.chart;
    expect(chart?.kind === 'dots' && chart.groups).toEqual([
      { label: 'Two-pass, ours', rows: ['sum-exp', 'scale-exp'] },
    ]);
  });
});

describe('threads', () => {
  it('adds up what all threads do', () => {
    const weak = { series: 'weak', n: 1000 } as const;
    const chart = lines('threads', [
      row('auto', 1, weak),
      row('auto', 0.625, { ...weak, threads: 2, rows: 2 }),
    ]);
    expect(ys(chart, 'auto')?.map((y) => Number(y.toFixed(6)))).toEqual([8, 12.8]);
    expect(ys(chart, 'ideal')).toEqual([8, 16]);
  });

  it('says how much all threads gain by size', () => {
    const chart = lines('threads', [row('auto', 1), row('auto', 0.5, { threads: 2 })]);
    expect(ys(chart, 'auto')?.[0]).toBeCloseTo(2, 9);
  });
});

describe('accuracy', () => {
  it('is linear beside the promise while errors are small, else logarithmic', () => {
    const scale = (errorUlp: number) =>
      lines('accuracy', [row('auto', 1), row('online', 1, { errorUlp })]).y.scale;
    expect([scale(5), scale(500)]).toEqual(['linear', 'log']);
  });

  it('reports our own worst, not a rival’s', () => {
    const rows = [row('auto', 1, { errorUlp: 2.5 }), row('online', 1, { errorUlp: 900 })];
    expect(headline(resultOf(...rows)).at(-1)?.value).toBe('2.50 ULP');
  });
});

describe('element types', () => {
  const half = row('auto', 1.5, { dtype: 'float16' });
  const rows = [
    half,
    row('auto', 1),
    row('auto', 1, { n: 2000 }),
    row('auto', 0.9, { threads: 2, dtype: 'float64' }),
    row('two-pass', 1.6, { dtype: 'float16' }),
    row('auto', 2.2, { dtype: 'float64', verified: false }),
  ];

  it('has a line for auto of each that was measured in one thread, float32 among them', () => {
    const chart = lines('types', rows);
    expect(chart.lines.map(({ label }) => label)).toEqual(['float32', 'float16']);
    expect(ys(chart, 'float32')).toEqual([1, 1]);
    expect(ys(chart, 'float16')).toEqual([1.5]);
    expect(chart.y.label).toBe('ns per element');
  });

  it('says how they compare at the longest row that both have', () => {
    const { finding } = figure('types', rows);
    expect(finding).toBe('At n\u00a0=\u00a010³, AVX512, over the time of float32: float16 1.50×.');
    expect(figure('types', [half]).finding).toBe('');
  });

  it('shows short rows apart', () => {
    const { panels } = figure('types', [half, { ...half, series: 'batches', rows: 8, n: 32 }]);
    expect(panels.map(({ title }) => title)).toEqual(['AVX512, one row', 'AVX512, short rows']);
  });

  it('is not there for float32 alone, nor for what failed its check', () => {
    const ids = (given: Row[]) => figures(resultOf(...given)).map(({ id }) => id);
    expect(ids([row('auto', 1)])).not.toContain('types');
    expect(ids([row('auto', 1), { ...half, verified: false }])).not.toContain('types');
    expect(ids([row('auto', 1), { ...half, name: 'two-pass' }])).not.toContain('types');
    expect(ids([half])).toContain('types');
  });

  it('leaves every other figure and the headline as they are', () => {
    const others = figures(typed).filter(({ id }) => id !== 'types');
    expect(others).toEqual(figures(sample));
    expect(headline(typed)).toEqual(headline(sample));
  });
});

it.each([
  ['whole', sample],
  ['partial', partial],
  ['typed', typed],
])('gives every chart of a %s file its table with every point in it', (_, result) => {
  const panels = figures(result).flatMap((one) => one.panels);
  expect(panels.length).toBeGreaterThan(4);
  for (const { chart, table, summary } of panels) {
    expect(summary).not.toMatch(/undefined|NaN|Infinity/);
    for (const cells of table.rows) expect(cells).toHaveLength(table.columns.length);
    if (chart.kind === 'dots') continue;
    const points = chart.lines.reduce((sum, line) => sum + line.points.length, 0);
    const own = table.rows.flatMap((cells) => cells.slice(1, 1 + chart.lines.length));
    expect(own.filter((cell) => cell !== '–')).toHaveLength(points);
  }
});

it('says what was not measured and invents nothing for an empty file', () => {
  expect(figures(resultOf()).flatMap(({ panels, finding }) => [...panels, ...finding])).toEqual([]);
  expect(headline(resultOf())).toEqual([]);
});
