// SPDX-License-Identifier: MIT
// Rows of a result file, chosen and compared.
import type { Caches, Result, Row, Series } from '../cli/schema.js';
import { ALGORITHMS, type Algorithm } from './styles.js';

/** Rows that failed the check of their output count for nothing. */
export const valid = (result: Result): Row[] => result.rows.filter((row) => row.verified);

const isAlgorithm = (name: string): name is Algorithm =>
  (ALGORITHMS as readonly string[]).includes(name);

/** The algorithm of a row, unless it is a second run of ours beside oneDNN. */
export function algorithmOf(row: Row): Algorithm | undefined {
  if (row.kind !== 'algorithm' || !isAlgorithm(row.name)) return undefined;
  return row.process === 'addon' || row.name === 'onednn' ? row.name : undefined;
}

export const distinct = <T>(values: Iterable<T>): T[] => [...new Set(values)];
export const sizes = (rows: readonly Row[]): number[] =>
  distinct(rows.map((row) => row.n)).sort((a, b) => a - b);

export const fastest = (rows: readonly Row[]): Row | undefined =>
  rows.reduce<Row | undefined>(
    (best, row) => (best && best.nsPerElement <= row.nsPerElement ? best : row),
    undefined,
  );

export const named = (rows: readonly Row[], names: readonly string[], n?: number): Row[] =>
  rows.filter(
    (row) => algorithmOf(row) && names.includes(row.name) && (n === undefined || row.n === n),
  );

/** The best sweep that only reads, or the best copy, of those rows: the limits of the memory. */
export const bestLimit = (rows: readonly Row[], what: 'read' | 'copy', n: number) =>
  fastest(
    rows.filter(
      (row) =>
        row.kind === 'limit' &&
        row.n === n &&
        (row.name === what || row.name.startsWith(`${what}-`)),
    ),
  );

/** What no algorithm of `reads` passes over the input can beat, the last of which also writes. */
export function limitNs(rows: readonly Row[], n: number, reads: number): number | undefined {
  const read = bestLimit(rows, 'read', n);
  const copy = bestLimit(rows, 'copy', n);
  return read && copy && (reads - 1) * read.nsPerElement + copy.nsPerElement;
}

export const ISAS: Readonly<Record<string, string>> = {
  avx512: 'AVX512',
  avx2: 'AVX2',
  neon: 'NEON',
  scalar: 'Scalar',
};
const isaOrder = (isa: string) => Object.keys(ISAS).indexOf(isa);

export interface Setting {
  title: string;
  isa: string;
  rows: Row[];
}

/** The rows of a series by isa and state of the caches, of float32: what may share a chart. */
export const settings = (result: Result, series: Series, threads?: number): Setting[] =>
  settingsOf(
    valid(result).filter(({ dtype }) => dtype === 'float32'),
    series,
    threads,
  );

/** The same of given rows. */
export function settingsOf(all: readonly Row[], series: Series, threads?: number): Setting[] {
  const rows = all.filter(
    (row) => row.series === series && (threads === undefined || row.threads === threads),
  );
  const isas = distinct(rows.filter((row) => row.process === 'addon').map((row) => row.isa)).sort(
    (a, b) => isaOrder(a) - isaOrder(b),
  );
  const states = distinct(rows.map((row) => row.caches));
  return isas.flatMap((isa) =>
    states.flatMap((state) => {
      // The memory's limits hold for every isa, whichever was used to find them.
      const chosen = rows.filter(
        (row) => row.caches === state && (row.isa === isa || row.kind === 'limit'),
      );
      return chosen.some((row) => row.kind !== 'limit')
        ? [{ title: settingTitle(isa, state, states.length > 1), isa, rows: chosen }]
        : [];
    }),
  );
}

const settingTitle = (isa: string, state: Caches, several: boolean) =>
  `${ISAS[isa] ?? isa}${several ? `, ${CACHE_STATES[state].short}` : ''}`;

export const CACHE_STATES: Readonly<Record<Caches, { short: string; long: string }>> = {
  warm: { short: 'warm', long: 'The caches hold what the run before left of the same arrays.' },
  paper: {
    short: 'warm input, cold output',
    long: 'As in the paper: the input has just been read, the output has not been touched for long.',
  },
  cold: { short: 'cold', long: 'Neither the input nor the output has been touched for long.' },
};
