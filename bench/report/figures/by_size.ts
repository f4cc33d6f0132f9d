// SPDX-License-Identifier: MIT
// Figures over the length of a row: the paper's bandwidth, time, bytes really moved, and short rows.
import type { Result, Row } from '../../cli/schema.js';
import type { Axis, Figure, Line, LineChart, Panel, Point, Table } from '../chart.js';
import { at, bytes, digits, duration, percent, times, whole } from '../format.js';
import { algorithmOf, bestLimit, limitNs, named, type Setting, settings, sizes } from '../rows.js';
import { ALGORITHMS, PUBLISHED_THREE_PASS, type StyleId, styleOf } from '../styles.js';

/** What is shown of a row; high comes of a short time where it is a rate. */
interface Quantity {
  axis: Axis;
  of: (row: Row) => number;
  rate: boolean;
}

const gigabytes = (label: string, of: (row: Row) => number): Quantity => ({
  axis: { label, scale: 'log', unit: 'GB/s' },
  of,
  rate: true,
});
export const EFFECTIVE = gigabytes('effective GB/s', (row) => row.effectiveGBs);
const TRUE = gigabytes('GB/s moved', (row) => row.trueGBs);
export const TIME: Quantity = {
  axis: { label: 'ns per element', scale: 'log', unit: 'ns' },
  of: (row) => row.nsPerElement,
  rate: false,
};

/** The algorithms’ limit bounds the chart; single sweeps beside them do not. */
const BEYOND = new Map<Quantity, Pick<LineChart, 'beyond'>>([
  [EFFECTIVE, { beyond: 'above' }],
  [TIME, { beyond: 'below' }],
]);

export const LENGTH: Axis = { label: 'elements in the row', scale: 'log', unit: '' };
export const SHORT_LENGTH: Axis = { ...LENGTH, scale: 'ordinal' };

export function pointOf(row: Row, x: number, { of, rate }: Quantity): Point {
  const { median, low, high } = row.time;
  const y = of(row);
  const scaled = (time: number) => (rate ? (y * median) / time : (y * time) / median);
  return {
    x,
    y,
    low: Math.min(scaled(low), scaled(high)),
    high: Math.max(scaled(low), scaled(high)),
    noisy: row.noisy,
    note: `${duration(median)} in all${row.plan ? `; ${row.plan}` : ''}`,
  };
}

const line = (style: StyleId, points: Point[]): Line => ({
  style,
  label: styleOf(style).label,
  points: [...points].sort((a, b) => a.x - b.x),
});

export function algorithmLines(
  rows: readonly Row[],
  quantity: Quantity,
  x: (row: Row) => number = (row) => row.n,
): Line[] {
  return ALGORITHMS.map((name) =>
    line(
      name,
      named(rows, [name]).map((row) => pointOf(row, x(row), quantity)),
    ),
  ).filter(({ points }) => points.length > 0);
}

const ELEMENT = 8; // bytes: one float of input, one of output

/** Where input and output together fill a cache. */
export function cacheWalls({ machine }: Result): LineChart['walls'] {
  const { l1d, l2, l3 } = machine.cpu.caches;
  return [
    { name: 'L1', cache: l1d },
    { name: 'L2', cache: l2 },
    { name: 'L3', cache: l3 },
  ].flatMap(({ name, cache }) =>
    cache && cache.bytes > 0
      ? [{ x: cache.bytes / ELEMENT, label: `${name} ${bytes(cache.bytes)}` }]
      : [],
  );
}

/** The limits as lines, in the quantity of the chart. */
function roofs(rows: readonly Row[], quantity: Quantity): Line[] {
  const limits = rows.filter((row) => row.kind === 'limit');
  const over = (style: StyleId, value: (n: number) => number | undefined) =>
    line(
      style,
      sizes(limits).flatMap((n) => {
        const y = value(n);
        return y === undefined ? [] : [{ x: n, y }];
      }),
    );
  const ns = (reads: number) => (n: number) => limitNs(limits, n, reads);
  const effective = (reads: number) => (n: number) => {
    const time = limitNs(limits, n, reads);
    return time && ELEMENT / time;
  };
  const all =
    quantity === TRUE
      ? [
          over('roof-read', (n) => bestLimit(limits, 'read', n)?.trueGBs),
          over('roof-copy', (n) => bestLimit(limits, 'copy', n)?.trueGBs),
        ]
      : quantity === TIME
        ? [over('roof-two', ns(2)), over('roof-three', ns(3))]
        : [over('roof-two', effective(2)), over('roof-three', effective(3))];
  return all.filter(({ points }) => points.length > 0);
}

/** One row for each n, one column for each line. */
export function tableOf(caption: string, first: string, lines: readonly Line[]): Table {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))];
  return {
    caption,
    columns: [first, ...lines.map(({ label }) => label)],
    rows: xs
      .sort((a, b) => a - b)
      .map((x) => [
        whole(x),
        ...lines.map(({ points }) => {
          const point = points.find((one) => one.x === x);
          return point ? cell(point) : '–';
        }),
      ]),
  };
}

const tenths = (value: number) => value.toFixed(value < 10 ? 1 : 0);

const cell = ({ y, low, high, noisy }: Point) => {
  const spread =
    low === undefined || high === undefined ? '' : ` ±${tenths((50 * (high - low)) / y)} %`;
  return `${digits(y)}${spread}${noisy ? ' ~' : ''}`;
};

/** The lines of a chart at their last point. */
export function summarise(chart: LineChart): string {
  const ends = chart.lines.map(({ label, points }) => {
    const last = points[points.length - 1];
    return last && `${label} ${digits(last.y)} ${chart.y.unit} at ${whole(last.x)}`;
  });
  return `Line chart, ${chart.y.label} over ${chart.x.label}. At the end of each line: ${ends.join('; ')}.`;
}

export function panelOf(title: string, chart: LineChart): Panel {
  const caption = `${chart.y.label} over ${chart.x.label}, ${title}`;
  return {
    title,
    chart,
    summary: summarise(chart),
    table: tableOf(caption, chart.x.label, [...chart.lines, ...chart.roofs]),
  };
}

const panels = (
  from: readonly Setting[],
  quantity: Quantity,
  walls: LineChart['walls'],
  x = LENGTH,
): Panel[] =>
  from.map(({ title, rows }) =>
    panelOf(title, {
      kind: 'lines',
      x,
      y: quantity.axis,
      lines: algorithmLines(rows, quantity),
      roofs: roofs(rows, quantity),
      walls,
      levels: [],
      ...BEYOND.get(quantity),
    }),
  );

function outOfCache(rows: readonly Row[]) {
  const algorithms = rows.filter(algorithmOf);
  const n = Math.max(...sizes(algorithms));
  const [auto] = named(algorithms, ['auto'], n);
  return { n, auto, limit: limitNs(rows, n, 2) };
}

function effectiveFinding([setting]: readonly Setting[]): string {
  if (!setting) return '';
  const { n, auto, limit } = outOfCache(setting.rows);
  if (!auto || !limit) return '';
  const share = percent((100 * limit) / auto.nsPerElement);
  return `At ${at(n)}, ${setting.title}, this package runs at ${share} of what one read sweep and one copy allow.`;
}

function timeFinding([setting]: readonly Setting[]): string {
  if (!setting) return '';
  const { n, auto } = outOfCache(setting.rows);
  const rival = named(setting.rows, PUBLISHED_THREE_PASS, n).sort(
    (a, b) => a.nsPerElement - b.nsPerElement,
  )[0];
  if (!auto || !rival) return '';
  return `At ${at(n)}, ${setting.title}: ${duration(auto.time.median)} for this package, ${duration(rival.time.median)} for the best published three-pass, ${times(rival.time.median / auto.time.median)}.`;
}

function movedFinding([setting]: readonly Setting[]): string {
  if (!setting) return '';
  const { n } = outOfCache(setting.rows);
  const moved = named(setting.rows, ALGORITHMS, n).map((row) => row.trueGBs);
  if (moved.length < 2) return '';
  const range = [...new Set([Math.min(...moved), Math.max(...moved)].map(digits))].join(' to ');
  return `At ${at(n)}, ${setting.title}, the algorithms move ${range} GB/s.`;
}

export function bySize(result: Result): Record<'effective' | 'time' | 'moved' | 'batches', Figure> {
  const from = settings(result, 'sizes', 1);
  const walls = cacheWalls(result);
  return {
    effective: {
      id: 'effective',
      title: 'Bandwidth by size',
      finding: effectiveFinding(from),
      caption:
        'The paper’s measure: eight bytes per element, one float read and one written, over the time, whatever was moved; higher is better. One row, one thread. The limits are the best read sweep for every pass but the last, and the best copy for that. Dotted uprights stand where input and output together fill a cache. Strokes are 95 % intervals of the median; hollow points are noisy.',
      panels: panels(from, EFFECTIVE, walls),
    },
    time: {
      id: 'time',
      title: 'Time by size',
      finding: timeFinding(from),
      caption: 'The same runs and limits as time per element; lower is better.',
      panels: panels(from, TIME, walls),
    },
    moved: {
      id: 'moved',
      title: 'Bytes really moved',
      finding: movedFinding(from),
      caption:
        'What each algorithm reads and writes as stated (two-pass 12 bytes per element; with reload, as three-pass recompute, 16; three-pass reload 20), over the time. Lines that a cached store fetches first are not counted.',
      panels: panels(from, TRUE, walls),
    },
    batches: {
      id: 'batches',
      title: 'Short rows',
      finding: '',
      caption:
        'Many rows in one call: time per element by the length of a row; lower is better. +1: a row one element longer, where vectors do not come out even.',
      panels: panels(settings(result, 'batches', 1), TIME, [], SHORT_LENGTH),
    },
  };
}
