// SPDX-License-Identifier: MIT
// The speed that this package promises, as data: each goal says what it wants and how it is read
// off the rows of a run. Goals whose rows a run lacks stay open.
import type { Goal, Row } from './schema.js';

const PUBLISHED_THREE_PASS = ['three-pass-recompute', 'three-pass-reload'];
const PUBLISHED = [...PUBLISHED_THREE_PASS, 'paper-two-pass', 'online'];
const ALL = [...PUBLISHED, 'equipped-three-pass'];
const READS = ['read', 'read-4', 'read-8'];
const COPIES = ['copy-streaming', 'copy-streaming-4', 'copy-streaming-8'];
const OUT_OF_CACHE = 2 ** 26;

interface Definition {
  readonly id: string;
  readonly text: string;
  readonly unit: Goal['unit'];
  readonly target: number;
  readonly atMost?: true; // otherwise at least
  /** undefined: this run does not tell. */
  readonly value: (rows: Rows) => number | undefined;
}

/** oneDNN 2.6.3 as it stood against XNNPACK, times 1.25: [rows of, or one row of; factor]. */
const ONEDNN_ROWS = [
  [8, 2],
  [32, 2],
  [64, 1.5 * 1.25],
  [128, 1.7 * 1.25],
  [512, 2.3 * 1.25],
  [1000, 2.3 * 1.25],
] as const;
const ONEDNN_SIZES = [
  [1024, 4 * 1.25],
  [4096, 3.3 * 1.25],
  [16384, 1.9 * 1.25],
  [65536, 2.1 * 1.25],
  [151936, 2 * 1.25],
  [262144, 1.8 * 1.25],
  [2 ** 20, 1.2 * 1.25],
  [2 ** 22, 1.6],
  [2 ** 26, 2.2],
] as const;

/** The shapes that the goals against oneDNN speak of. */
export const oneDnnShapes = { batches: ONEDNN_ROWS, sizes: ONEDNN_SIZES };

export const definitions: readonly Definition[] = [
  ...(['avx512', 'avx2'] as const).map(
    (isa): Definition => ({
      id: `memory-published-${isa}`,
      text: `out of cache, ${isa}, against the best published three-pass`,
      unit: 'x',
      target: isa === 'avx512' ? 2 : 1.8,
      value: (rows) => rows.outOfCache(isa).worst((at) => at.speedUp(PUBLISHED_THREE_PASS)),
    }),
  ),
  {
    id: 'memory-equipped',
    text: 'out of cache, against the best equipped three-pass',
    unit: 'x',
    target: 1.3,
    value: (rows) => rows.outOfCache().worst((at) => at.speedUp(['equipped-three-pass'])),
  },
  {
    id: 'memory-limit',
    text: 'out of cache, share of the limit: best read sweep and best streaming copy',
    unit: '%',
    target: 95,
    value: (rows) => rows.outOfCache().worst((at) => at.shareOfLimit()),
  },
  ...(
    [
      [2 ** 20, 1.25],
      [2 ** 22, 1.5],
    ] as const
  ).map(
    ([n, target]): Definition => ({
      id: `last-level-${Math.log2(n)}`,
      text: `n = 2^${Math.log2(n)}, against the best published algorithm`,
      unit: 'x',
      target,
      value: (rows) => rows.sizes(n, n).worst((at) => at.speedUp(PUBLISHED)),
    }),
  ),
  {
    id: 'in-cache',
    text: 'n = 2^10 to 2^18, against the best rival of either kind, where it is worst',
    unit: 'x',
    target: 1,
    value: (rows) => rows.sizes(2 ** 10, 2 ** 18).worst((at) => at.speedUp(ALL)),
  },
  {
    id: 'in-cache-limit',
    text: 'n = 2^10 to 2^18, share of the port and byte limit (npm run account)',
    unit: '%',
    target: 90,
    value: () => undefined,
  },
  ...ONEDNN_ROWS.map(
    ([n, target]): Definition => ({
      id: `onednn-rows-${n}`,
      text: `rows of ${n}, against oneDNN`,
      unit: 'x',
      target,
      value: (rows) => rows.beside('batches', n),
    }),
  ),
  ...ONEDNN_SIZES.map(
    ([n, target]): Definition => ({
      id: `onednn-${n}`,
      text: `n = ${n.toLocaleString('en')}, against oneDNN`,
      unit: 'x',
      target,
      value: (rows) => rows.beside('sizes', n),
    }),
  ),
  {
    id: 'tail',
    text: 'rows of n + 1 against rows of n, per element, n = 64 to 1,000, where it is worst',
    unit: 'x',
    target: 1.5,
    atMost: true,
    value: (rows) => rows.tailCliff(),
  },
  {
    id: 'two-threads',
    text: 'out of cache, two threads against one (this or the next)',
    unit: 'x',
    target: 1.8,
    value: (rows) => rows.twoThreads(),
  },
  {
    id: 'two-threads-limit',
    text: 'out of cache, two threads, share of their limit',
    unit: '%',
    target: 90,
    value: (rows) => rows.outOfCache(undefined, 2).worst((at) => at.shareOfLimit()),
  },
  ...(
    [
      ['onnxruntime-node', 5],
      ['tfjs-wasm', 10],
      ["transformers.js's four sweeps", 100],
    ] as const
  ).map(
    ([peer, target]): Definition => ({
      id: `node-${target}`,
      text: `through Node, n = 151,936, against ${peer} (npm run speed)`,
      unit: 'x',
      target,
      value: () => undefined,
    }),
  ),
];

/** All goals, which are of float32, judged by the rows that were verified. */
export function judge(rows: readonly Row[]): Goal[] {
  const view = new Rows(rows.filter(({ verified, dtype }) => verified && dtype === 'float32'));
  const goals = definitions.map(({ id, text, unit, target, atMost, value }): Goal => {
    const found = value(view) ?? null;
    const reached = found === null ? null : atMost ? found <= target : found >= target;
    return { id, text, unit, target, value: found, reached };
  });
  return goals.map((goal) => withAlternative(goal, goals));
}

/** Two threads have reached their goal if they reach either of two. */
function withAlternative(goal: Goal, goals: readonly Goal[]): Goal {
  const pair = goals.filter(({ id }) => id.startsWith('two-threads'));
  if (!pair.includes(goal) || goal.reached === null) return goal;
  return { ...goal, reached: pair.some(({ reached }) => reached) };
}

class Rows {
  readonly #rows: readonly Row[];
  readonly #isa: string | undefined;

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
    this.#isa = ['scalar', 'neon', 'avx2', 'avx512']
      .filter((isa) => rows.some((row) => row.isa === isa))
      .at(-1);
  }

  /** The points of one row each from n = `least` to `most`. */
  sizes(least: number, most: number, isa = this.#isa, threads = 1): Points {
    const found = this.#rows.filter(
      (row) =>
        row.process === 'addon' &&
        row.series === 'sizes' &&
        row.threads === threads &&
        row.n >= least &&
        row.n <= most,
    );
    const sizes = [...new Set(found.map(({ n }) => n))];
    return new Points(
      sizes.map((n) => {
        const here = found.filter((row) => row.n === n);
        return new Point(
          here.filter((row) => row.isa === isa && row.kind === 'algorithm'),
          here.filter((row) => row.kind === 'limit'),
        );
      }),
    );
  }

  outOfCache(isa = this.#isa, threads = 1): Points {
    return this.sizes(OUT_OF_CACHE, Number.POSITIVE_INFINITY, isa, threads);
  }

  /** Ours beside oneDNN, both in the process that measures them side by side. */
  beside(series: Row['series'], n: number): number | undefined {
    const here = this.#rows.filter(
      (row) =>
        row.process === 'onednn' && row.series === series && row.n === n && row.isa === this.#isa,
    );
    return new Point(here, []).speedUp(['onednn']);
  }

  tailCliff(): number | undefined {
    const auto = this.#rows.filter(
      ({ series, name, isa, process }) =>
        series === 'batches' && name === 'auto' && isa === this.#isa && process === 'addon',
    );
    const ratios = auto.flatMap((row) => {
      const next = auto.find(({ n }) => n === row.n + 1);
      return row.n < 64 || next === undefined ? [] : [next.nsPerElement / row.nsPerElement];
    });
    return ratios.length === 0 ? undefined : Math.max(...ratios);
  }

  twoThreads(): number | undefined {
    const times = [1, 2].map((threads) => this.outOfCache(undefined, threads).largest('auto'));
    const [one, two] = times;
    return one && two && one / two;
  }
}

class Points {
  readonly #points: readonly Point[];
  constructor(points: readonly Point[]) {
    this.#points = points;
  }

  worst(value: (point: Point) => number | undefined): number | undefined {
    const values = this.#points.map(value).filter((found) => found !== undefined);
    return values.length === 0 ? undefined : Math.min(...values);
  }

  /** What that algorithm takes for the longest row. */
  largest(name: string): number | undefined {
    return this.#points.at(-1)?.time(name);
  }
}

/** The algorithms and the limits of one shape and isa. */
class Point {
  readonly #algorithms: readonly Row[];
  readonly #limits: readonly Row[];
  constructor(algorithms: readonly Row[], limits: readonly Row[]) {
    this.#algorithms = algorithms;
    this.#limits = limits;
  }

  time(name: string): number | undefined {
    return best(this.#algorithms, [name]);
  }

  /** Of auto over the fastest of `rivals`. */
  speedUp(rivals: readonly string[]): number | undefined {
    const auto = this.time('auto');
    const rival = best(this.#algorithms, rivals);
    return auto && rival && rival / auto;
  }

  /** In percent: what reading once and copying once takes, over what auto takes. */
  shareOfLimit(): number | undefined {
    const auto = this.time('auto');
    const read = best(this.#limits, READS);
    const copy = best(this.#limits, COPIES);
    return auto && read && copy && (100 * (read + copy)) / auto;
  }
}

/** The least median among the rows of these names. */
function best(rows: readonly Row[], names: readonly string[]): number | undefined {
  const times = rows.filter(({ name }) => names.includes(name)).map(({ time }) => time.median);
  return times.length === 0 ? undefined : Math.min(...times);
}
