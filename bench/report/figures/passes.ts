// SPDX-License-Identifier: MIT
// Figure: each pass alone, against what STREAM and read sweeps get from the same memory.
import type { Result, Row } from '../../cli/schema.js';
import type { Figure, Panel } from '../chart.js';
import { at, digits, percent, whole } from '../format.js';
import { fastest, type Setting, settings, sizes } from '../rows.js';
import type { StyleId } from '../styles.js';

/** The passes by algorithm, in the order they run. A pass that two share stands with the first. */
const GROUPS: readonly { label: string; rows: readonly string[] }[] = [
  { label: 'Two-pass, ours', rows: ['sum-exp', 'scale-exp', 'scale-exp-streaming'] },
  { label: 'Two-pass reload, ours', rows: ['sum-exp-store', 'scale'] },
  { label: 'Three-pass, equipped as ours', rows: ['max'] },
  { label: 'Two-pass, as published', rows: ['reduce-ext', 'scale-ext'] },
  { label: 'Three-pass recompute', rows: ['reduce-max', 'reduce-exp', 'scale-exp-minus'] },
  { label: 'Three-pass reload', rows: ['store-exp', 'scale-by'] },
  { label: 'Online', rows: ['reduce-online'] },
];

const DEPTHS = ['size-1', 'size-2', 'size-3', 'size-4'] as const satisfies readonly StyleId[];

interface Share {
  row: Row;
  limit: Row;
  copy: Row | undefined;
  share: number; // per cent
}

/** Like for like: a pass that only reads against the best read sweep, one that writes against the best of copy and scale. */
export function shares(rows: readonly Row[]): Share[] {
  return rows
    .filter((row) => row.kind === 'pass')
    .flatMap((row) => {
      const limits = rows.filter((one) => one.kind === 'limit' && one.n === row.n);
      const limit = fastest(
        limits.filter((one) => one.reads === row.reads && one.writes === row.writes),
      );
      const copy = fastest(limits.filter((one) => one.name === 'copy'));
      return limit ? [{ row, limit, copy, share: (100 * row.trueGBs) / limit.trueGBs }] : [];
    });
}

/** At most four sizes: the extremes and what lies between. */
function shown(all: readonly number[]): number[] {
  if (all.length <= DEPTHS.length) return [...all];
  const step = (all.length - 1) / (DEPTHS.length - 1);
  return DEPTHS.flatMap((_, index) => all[Math.round(index * step)] ?? []);
}

function panel({ title, rows }: Setting): Panel[] {
  const all = shares(rows);
  const ns = shown(sizes(all.map(({ row }) => row)));
  const groups = GROUPS.map(({ label, rows: names }) => ({
    label,
    rows: names.filter((name) => all.some(({ row }) => row.name === name)),
  })).filter((group) => group.rows.length > 0);
  if (groups.length === 0) return [];
  // The largest size has the strongest colour, however few there are.
  const style = (n: number) => DEPTHS[DEPTHS.length - ns.length + ns.indexOf(n)] ?? 'size-4';
  const order = groups.flatMap((group) => group.rows);
  const table = [...all].sort(
    (a, b) => order.indexOf(a.row.name) - order.indexOf(b.row.name) || a.row.n - b.row.n,
  );
  const lowest = Math.min(...all.map(({ share }) => share));
  const highest = Math.max(...all.map(({ share }) => share));
  return [
    {
      title,
      chart: {
        kind: 'dots',
        x: { label: 'share of STREAM', scale: 'linear', unit: '%' },
        groups,
        dots: all
          .filter(({ row }) => ns.includes(row.n) && order.includes(row.name))
          .map(({ row, limit, share }) => ({
            row: row.name,
            x: share,
            style: style(row.n),
            label: `${at(row.n)}: ${digits(row.trueGBs)} GB/s, ${percent(share)} of ${limit.name}`,
            noisy: row.noisy,
          })),
      },
      summary: `Dot chart of ${order.length} passes at ${ns.map(whole).join(', ')} elements: from ${percent(lowest)} to ${percent(highest)} of the memory’s limit.`,
      table: {
        caption: `Bandwidth of each pass alone, ${title}`,
        columns: ['pass', 'elements', 'GB/s', 'limit', 'limit GB/s', 'share', 'share of copy'],
        rows: table.map(({ row, limit, copy, share }) => [
          row.name,
          whole(row.n),
          `${digits(row.trueGBs)}${row.noisy ? ' ~' : ''}`,
          limit.name,
          digits(limit.trueGBs),
          percent(share),
          copy ? percent((100 * row.trueGBs) / copy.trueGBs) : '–',
        ]),
      },
    },
  ];
}

/** Of our two-pass, at the largest size. */
function finding(setting: Setting | undefined): string {
  if (!setting) return '';
  const all = shares(setting.rows);
  const n = Math.max(...all.map(({ row }) => row.n));
  const own = all.filter(({ row }) => row.n === n && GROUPS[0]?.rows.includes(row.name));
  if (own.length === 0) return '';
  const each = own.map(({ row, share }) => `${row.name} ${percent(share)}`).join(', ');
  return `At ${at(n)}, ${setting.title}: ${each}.`;
}

export function passes(result: Result): Figure {
  const from = settings(result, 'passes', 1);
  return {
    id: 'passes',
    title: 'Each pass alone',
    finding: finding(from[0]),
    caption:
      'Bandwidth of each pass as a share of the memory’s own at that size: passes that only read against the best read sweep, passes that also write against the best of STREAM’s copy and scale. Near 100 % only the number of passes matters; below, arithmetic does.',
    panels: from.flatMap(panel),
  };
}
