// SPDX-License-Identifier: MIT
// What a run measures: points, each a shape with the candidates that take turns on it.
import { binding, type ElementSize, type Traffic } from '../../lib/binding.js';
import type { Caches, Dtype, Row, Series } from './schema.js';

export interface Candidate {
  readonly kind: Row['kind'];
  readonly traffic: Traffic;
  readonly isa: string;
  readonly threads: number;
}

interface Shape {
  readonly series: Series;
  readonly rows: number;
  readonly n: number;
  readonly candidates: readonly Candidate[];
}

export interface Point extends Shape {
  readonly dtype: Dtype;
}

/** What the command line decides. */
export interface Wishes {
  readonly sizes: readonly number[];
  readonly passSizes: readonly number[]; // as far as they are not beyond the sizes
  readonly algorithms: readonly string[];
  readonly isas: readonly string[]; // the last one is the preferred one: limits are measured with it
  readonly dtypes: readonly Dtype[];
  readonly threads: readonly number[];
  readonly series: readonly Series[];
}

export interface Protocol extends Wishes {
  readonly caches: Caches;
  readonly input: { readonly low: number; readonly high: number; readonly seed: number };
  readonly secondsPerPoint: number;
  readonly sweeps: number;
  /** After so many, what is left undone stays so. */
  readonly secondsInAll: number;
}

const powers = (from: number, to: number, step: number) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => 2 ** (from + i * step));

const logits = { low: -10, high: 10, seed: 1 };

/** Without other wishes: n in steps of 2, some five minutes. */
export const full = {
  sizes: powers(6, 27, 1),
  passSizes: [2 ** 12, 2 ** 16, 2 ** 20, 2 ** 23, 2 ** 26],
  series: ['sizes', 'batches', 'passes', 'strong', 'weak'],
  caches: 'warm',
  input: logits,
  secondsPerPoint: 2,
  sweeps: 3,
  secondsInAll: Number.POSITIVE_INFINITY,
} as const;

/** Less than a minute on two cores. */
export const quick = {
  sizes: [...powers(6, 26, 4), 2 ** 20, 2 ** 24].filter(unique).sort((a, b) => a - b),
  passSizes: [2 ** 12, 2 ** 16, 2 ** 20, 2 ** 23],
  series: ['sizes', 'batches', 'passes'],
  caches: 'warm',
  input: logits,
  secondsPerPoint: 0.5,
  sweeps: 2,
  secondsInAll: 45,
} as const;

/** The harness of arXiv 2001.04438: one thread, x touched, y cold, uniform in [-1000, 1000]. */
export const paper = {
  sizes: [3, 4, 5, 6, 7, 8].flatMap((power) => [10 ** power, 3 * 10 ** power]),
  passSizes: [1e4, 1e5, 1e6, 1e7, 1e8],
  series: ['sizes', 'passes', 'weak'],
  caches: 'paper',
  input: { low: -1000, high: 1000, seed: 1 },
  secondsPerPoint: 5,
  sweeps: 3,
  secondsInAll: Number.POSITIVE_INFINITY,
} as const;

/** Rows of batches; each n + 1 beside its n shows what a tail costs. */
const BATCH = [8, 32, 64, 65, 128, 129, 512, 513, 1000, 1001];
const BATCH_ELEMENTS = 2 ** 16; // in and out fit the second-level cache

/** Below, a row is not worth a second thread. */
export const LEAST_SHARED = 2 ** 16;

const [algorithms, passes, streams] = binding.measure.subjects;
export const algorithmNames: readonly string[] = algorithms.map(({ name }) => name);

/** Those that take part when threads share one row, and that know every type. */
export const OURS: readonly string[] = ['auto', 'two-pass', 'two-pass-reload'];
/** What the algorithms are held against: the best of each kind is the limit. */
const LIMITS = /^(read|copy)/;

/** The points of a run, those of one shape together, and what was left out for `memory` bytes. */
export function points(
  wishes: Wishes,
  caches: Caches,
  memory: number,
): { points: Point[]; left: Point[] } {
  const shapes = wishes.series.flatMap((series) => SERIES[series](wishes));
  const all = shapes.flatMap((shape) => wishes.dtypes.flatMap((dtype) => pointOf(shape, dtype)));
  const fits = (point: Point) => memoryFor(point, caches) <= memory;
  return { points: all.filter(fits), left: all.filter((point) => !fits(point)) };
}

/** What of a shape knows that type. */
function pointOf(shape: Shape, dtype: Dtype): Point[] {
  const candidates = shape.candidates.filter(
    ({ kind, traffic }) =>
      dtype === 'float32' || (kind === 'algorithm' && OURS.includes(traffic.name)),
  );
  return candidates.length === 0 ? [] : [{ ...shape, dtype, candidates }];
}

const SERIES: Readonly<Record<Series, (wishes: Wishes) => Shape[]>> = {
  sizes: (wishes) => [
    ...wishes.sizes.map((n) => sizePoint(wishes, n, 1)),
    ...wishes.threads
      .filter((threads) => threads > 1)
      .flatMap((threads) =>
        wishes.sizes.filter((n) => n >= LEAST_SHARED).map((n) => sizePoint(wishes, n, threads)),
      ),
  ],
  batches: (wishes) =>
    BATCH.map((n) => ({
      series: 'batches',
      rows: Math.floor(BATCH_ELEMENTS / n),
      n,
      candidates: wishes.isas.flatMap((isa) => algorithmsOf(wishes, isa, 1)),
    })),
  passes: (wishes) =>
    wishes.passSizes
      .filter((n) => n <= Math.max(...wishes.sizes))
      .map((n) => ({
        series: 'passes',
        rows: 1,
        n,
        candidates: wishes.isas.flatMap((isa) => [
          ...passes.map((traffic): Candidate => ({ kind: 'pass', traffic, isa, threads: 1 })),
          ...limits(isa, 1, /./),
        ]),
      })),
  strong: (wishes) => scaling(wishes, 'strong', largest(wishes, 2 ** 26)),
  weak: (wishes) => scaling(wishes, 'weak', largest(wishes, 2 ** 24)),
};

function sizePoint(wishes: Wishes, n: number, threads: number): Shape {
  const candidates = wishes.isas.flatMap((isa) => algorithmsOf(wishes, isa, threads));
  return {
    series: 'sizes',
    rows: 1,
    n,
    candidates: [...candidates, ...limits(preferred(wishes), threads, LIMITS)],
  };
}

function scaling(wishes: Wishes, series: 'strong' | 'weak', n: number): Shape[] {
  const isa = preferred(wishes);
  const most = Math.max(...wishes.threads);
  return Array.from({ length: most }, (_, i) => i + 1).map((threads) => {
    const rows = series === 'weak' ? threads : 1;
    const candidates = algorithmsOf(wishes, isa, threads, series === 'weak');
    return { series, rows, n, candidates: [...candidates, ...limits(isa, threads, LIMITS)] };
  });
}

/** Those wished for, one after the other on a thread, or as far as they share a row. */
export function algorithmsOf(
  wishes: Pick<Wishes, 'algorithms'>,
  isa: string,
  threads: number,
  everyThreadARow = false,
): Candidate[] {
  return algorithms
    .filter(({ name }) => wishes.algorithms.includes(name))
    .filter(({ name }) => threads === 1 || everyThreadARow || OURS.includes(name))
    .map((traffic) => ({ kind: 'algorithm', traffic, isa, threads }));
}

function limits(isa: string, threads: number, which: RegExp): Candidate[] {
  return streams
    .filter(({ name }) => which.test(name))
    .map((traffic) => ({ kind: 'limit', traffic, isa, threads }));
}

/** Index of a type in the native table. */
export const indexOf = (dtype: Dtype) =>
  binding.measure.dtypes.findIndex(({ name }) => name === dtype);

function sizeOf(dtype: Dtype): ElementSize {
  const size = binding.measure.dtypes[indexOf(dtype)];
  if (size === undefined) throw new RangeError(dtype);
  return size;
}

/** What a run moves for each element: in all, and one array in and one out. */
export function bytesPerElement(dtype: Dtype, { reads, writes }: Traffic) {
  const { bytes, computed } = sizeOf(dtype);
  const copying = bytes === computed ? 0 : 2 * (bytes + computed);
  return { moved: (reads + writes) * computed + copying, effective: 2 * bytes };
}

/** Bytes of input and output that a point goes round. */
export function arena(
  { dtype, rows, n, candidates }: Point,
  caches: Caches,
): { x: number; y: number } {
  const PAGE = 4096;
  const stride = Math.ceil((rows * n * sizeOf(dtype).bytes) / 128) * 128;
  const { l2, l3 } = binding.cpu().caches;
  const evicting = Math.ceil(((l3 ?? l2)?.bytes ?? 2 ** 29) / stride) * stride;
  const two = candidates.some(({ kind, traffic }) => kind === 'limit' && traffic.reads === 2);
  return {
    x: stride * (two ? 2 : 1) + (caches === 'cold' ? evicting : 0) + PAGE,
    y: stride + (caches === 'warm' ? 0 : evicting) + PAGE,
  };
}

/** The buffers, and the copies in which threads compute what is of 16 bits. */
function memoryFor(point: Point, caches: Caches): number {
  const { x, y } = arena(point, caches);
  const { bytes, computed } = sizeOf(point.dtype);
  const threads = Math.max(...point.candidates.map((candidate) => candidate.threads));
  return x + y + (bytes === computed ? 0 : Math.min(threads, point.rows) * point.n * computed);
}

function preferred({ isas }: Wishes): string {
  return isas.at(-1) ?? 'scalar';
}

function largest({ sizes }: Wishes, most: number): number {
  return Math.min(most, Math.max(...sizes));
}

function unique<T>(value: T, i: number, all: readonly T[]): boolean {
  return all.indexOf(value) === i;
}
