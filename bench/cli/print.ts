// SPDX-License-Identifier: MIT
// A result as text: the tables that `bench` prints.
import type { Goal, Result, Row, Series } from './schema.js';

type Cells = readonly (readonly string[])[];

interface Layout {
  readonly title: string;
  readonly corner: string;
  readonly line: (row: Row) => string;
  readonly column: (row: Row) => string;
}

const length = ({ n }: Row) => n.toLocaleString('en');
const shape = (row: Row) => `${row.rows.toLocaleString('en')} x ${length(row)}`;
const nameOf = ({ name }: Row) => name;
const passOf = ({ kind, name }: Row) => (kind === 'limit' ? `limit: ${name}` : name);
const threadsOf = ({ threads }: Row) => (threads === 1 ? '1 thread' : `${threads} threads`);

const LAYOUTS: Readonly<Record<Series, Layout>> = {
  sizes: { title: 'One row', corner: 'n', line: length, column: nameOf },
  batches: {
    title: 'Batches',
    corner: 'rows of n',
    line: shape,
    column: nameOf,
  },
  passes: {
    title: 'Passes alone, beside STREAM',
    corner: 'pass, n =',
    line: passOf,
    column: length,
  },
  strong: { title: 'One row shared by threads', corner: '', line: nameOf, column: threadsOf },
  weak: { title: 'A row for every thread', corner: '', line: nameOf, column: threadsOf },
};

export function tables(result: Result): string {
  const limits = result.rows.filter(({ series, kind }) => series === 'sizes' && kind === 'limit');
  const groups = groupBy(
    result.rows.filter((row) => !limits.includes(row)),
    ({ dtype, series, isa, process, threads }) =>
      [dtype, series, process, isa, series === 'sizes' ? threads : ''].join(' '),
  );
  const texts = [...groups.values()].map((group) => {
    const [first] = group;
    if (first === undefined) return '';
    const own = first.series === 'sizes' && first.process === 'addon' && isPlain(first);
    const beside = own ? limits.filter(({ threads }) => threads === first.threads) : [];
    return table(LAYOUTS[first.series], first, [...group, ...best(beside)]);
  });
  return [
    ...texts,
    ...byDtype(result),
    legend(result),
    goalTable(result.goals),
    ...warnings(result),
  ].join('\n\n');
}

function table(layout: Layout, first: Row, rows: readonly Row[]): string {
  const where = [
    layout.title,
    first.isa,
    ...(isPlain(first) ? [] : [first.dtype]),
    ...(first.series === 'sizes' ? [threadsOf(first)] : []),
    ...(first.process === 'onednn' ? ['beside oneDNN in its process'] : []),
  ].join(', ');
  return [
    `${where}: nanoseconds per element`,
    align(filled(layout, rows, nanoseconds)),
    '',
    `${where}: GB/s moved`,
    align(filled(layout, rows, ({ trueGBs }) => digits(trueGBs))),
  ].join('\n');
}

const nanoseconds = ({ nsPerElement }: Row) => digits(nsPerElement);

function filled(
  { corner, line, column }: Layout,
  rows: readonly Row[],
  show: (row: Row) => string,
): Cells {
  const columns = [...new Set(rows.map(column))];
  return [
    [corner, ...columns],
    ...[...groupBy(rows, line)].map(([at, here]) => [
      at,
      ...columns.map((name) => {
        const row = here.find((candidate) => column(candidate) === name);
        return row === undefined ? '' : `${show(row)}${mark(row)}`;
      }),
    ]),
  ];
}

const isPlain = ({ dtype }: Row) => dtype === 'float32';

const BY_DTYPE: Layout = {
  title: 'auto by type',
  corner: 'rows x n',
  line: shape,
  column: ({ dtype }) => dtype,
};

/** Where there is more than one type: what auto takes for each, in one thread. */
function byDtype({ rows }: Result): string[] {
  const auto = rows.filter(
    ({ name, process, threads, series }) =>
      name === 'auto' && process === 'addon' && threads === 1 && /^(sizes|batches)$/.test(series),
  );
  const several = new Set(auto.map(({ dtype }) => dtype)).size > 1;
  const groups = groupBy(several ? auto : [], ({ isa }) => isa);
  return [...groups].map(
    ([isa, group]) =>
      `${BY_DTYPE.title}, ${isa}, 1 thread: nanoseconds per element\n${align(filled(BY_DTYPE, group, nanoseconds))}`,
  );
}

/** Of every kind of limit the fastest per shape, single or interleaved. */
function best(limits: readonly Row[]): Row[] {
  const kinds = [
    ['read', /^read/],
    ['copy', /^copy$/],
    ['streaming copy', /^copy-streaming/],
  ] as const;
  return kinds.flatMap(([name, pattern]) =>
    [...groupBy(limits, length).values()].flatMap((here) => {
      const candidates = here.filter((row) => pattern.test(row.name));
      const fastest = candidates.reduce<Row | undefined>(
        (a, b) => (a !== undefined && a.time.median <= b.time.median ? a : b),
        undefined,
      );
      return fastest === undefined ? [] : [{ ...fastest, name }];
    }),
  );
}

/** ~: too noisy to tell a tenth; !: wrong results, or none checked. */
function mark({ noisy, verified }: Row): string {
  return verified ? (noisy ? '~' : '') : '!';
}

function legend({ rows, protocol }: Result): string {
  const noisy = rows.filter((row) => row.noisy && row.verified);
  const widest = noisy.reduce((most, { time }) => Math.max(most, spread(time)), 0);
  const steps = `Medians of ${protocol.sweeps} sweeps of interleaved rounds, input uniform in [${
    protocol.input.low
  }, ${protocol.input.high}), ${CACHES[protocol.caches]}; read and copy: the best of single and interleaved streams.`;
  return [
    steps,
    noisy.length > 0
      ? `~ ${noisy.length} of ${rows.length} rows are too noisy to tell a tenth: the interval of their median is up to ${percent(widest)} wide.`
      : '',
    rows.some(({ verified }) => !verified) ? '! wrong results, or none checked: void.' : '',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

const CACHES: Readonly<Record<Row['caches'], string>> = {
  warm: 'caches as the run before left them',
  paper: 'input read just before, output cold',
  cold: 'input and output cold',
};

export function goalTable(goals: readonly Goal[]): string {
  return align(goalCells(goals), [0, 3]);
}

export function goalCells(goals: readonly Goal[]): string[][] {
  const rows = goals.map(({ text, unit, target, value, reached }) => {
    const show = (number: number) =>
      unit === '%' ? percent(number / 100) : `${number.toFixed(2)}x`;
    const verdict = reached === null ? 'not measured here' : reached ? 'reached' : 'NOT REACHED';
    return [text, show(target), value === null ? '-' : show(value), verdict];
  });
  return [['goal', 'wanted', 'found', ''], ...rows];
}

function warnings({ warnings: all }: Result): string[] {
  return all.map((warning) => `Warning: ${warning}`);
}

/** Columns in `left` to the left, the others to the right. */
export function align(cells: Cells, left: readonly number[] = [0]): string {
  const width = (column: number) => Math.max(...cells.map((row) => row[column]?.length ?? 0));
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          left.includes(column) ? cell.padEnd(width(column)) : cell.padStart(width(column)),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

/** Three digits that count. */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function spread({ low, high, median }: Row['time']): number {
  return (high - low) / median;
}

export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
