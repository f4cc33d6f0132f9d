// SPDX-License-Identifier: MIT
// The result file: its one definition, from which the types, the check on reading and the manual
// below derive. A change that old readers would misread raises VERSION.
import * as v from 'valibot';
import { elements } from '../../lib/dtypes.js';

export const FORMAT = 'two-pass-softmax-bench';
export const VERSION = 1;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const bytes = count;
const unknown = <T extends v.GenericSchema>(known: T) => v.nullable(known); // null: not readable here

/** Nanoseconds per run over the rounds. `low` to `high` holds the true median with 95 %. */
const time = v.strictObject({
  median: positive,
  min: positive,
  q1: positive,
  q3: positive,
  low: positive,
  high: positive,
  rounds: v.pipe(count, v.minValue(1)),
});

const cache = v.strictObject({ bytes, lineBytes: count, sharedBy: count });

const machine = v.strictObject({
  cpu: v.strictObject({
    vendor: v.string(),
    brand: v.string(),
    family: count,
    model: count,
    stepping: count,
    microarchitecture: v.string(),
    microcode: unknown(v.string()),
    features: v.array(v.string()),
    isas: v.array(v.string()),
    isa: unknown(v.string()),
    caches: v.strictObject({
      l1d: v.optional(cache),
      l2: v.optional(cache),
      l3: v.optional(cache),
    }),
  }),
  processors: v.strictObject({ online: count, allowed: count }),
  governor: unknown(v.string()),
  transparentHugePages: unknown(v.string()),
  numaNodes: unknown(count),
  hypervisor: unknown(v.boolean()),
  platform: v.string(),
  kernel: v.string(),
  memory: v.strictObject({ total: bytes, free: bytes }),
  load: v.tuple([v.number(), v.number(), v.number()]), // when the run began
});

/**
 * - `sizes`: one row of n, algorithms beside the limits
 * - `batches`: many short rows
 * - `passes`: each pass of each algorithm alone, beside STREAM
 * - `strong`: one row of n shared by the threads; limits: n elements shared
 * - `weak`: one row of n for every thread, rows = threads
 */
export const SERIES = ['sizes', 'batches', 'passes', 'strong', 'weak'] as const;

/**
 * - `algorithm`: a whole softmax; `pass`: one of its passes; `limit`: what the memory gives
 *   (read sweeps, STREAM)
 */
export const KINDS = ['algorithm', 'pass', 'limit'] as const;

/**
 * What is in the caches when a run begins. `warm`: what the run before left of the same input and
 * output; `paper`: the input just read, the output not written for long; `cold`: neither.
 */
export const CACHES = ['warm', 'paper', 'cold'] as const;

const row = v.strictObject({
  series: v.picklist(SERIES),
  kind: v.picklist(KINDS),
  name: v.string(),
  /** Who ran it: this package's addon, or the program that measures oneDNN beside our kernels. */
  process: v.picklist(['addon', 'onednn']),
  isa: v.string(),
  /** Of input and output. Only whole algorithms of this package know others than float32. */
  dtype: v.picklist(elements),
  threads: v.pipe(count, v.minValue(1)),
  rows: v.pipe(count, v.minValue(1)),
  n: v.pipe(count, v.minValue(1)), // a run takes rows * n elements
  caches: v.picklist(CACHES),
  /**
   * Arrays moved per run, as the algorithm states it; write-allocate is not counted. Types of 16
   * bits are computed in a float32 copy: these arrays are its.
   */
  reads: count,
  writes: count,
  /** How an algorithm of this package went about it, in words. */
  plan: v.nullable(v.string()),
  time,
  nsPerElement: positive,
  /**
   * (reads + writes) arrays over the median, 1e9 bytes per second; of 16 bits also what it takes to
   * fill the copy and to empty it.
   */
  trueGBs: positive,
  /** The paper's figure: one array of the type in, one out, whatever was moved. */
  effectiveGBs: positive,
  /** The output was checked against float64 after timing. A row with false counts for nothing. */
  verified: v.boolean(),
  /** The worst error of the elements checked, in units of the type's spacing; null: not a softmax. */
  errorUlp: v.nullable(v.pipe(v.number(), v.minValue(0))),
  /** The interval is too wide to tell differences of a tenth. */
  noisy: v.boolean(),
});

const goal = v.strictObject({
  id: v.string(),
  text: v.string(),
  target: v.number(),
  unit: v.picklist(['x', '%']),
  value: v.nullable(v.number()), // null: not measured in this run
  reached: v.nullable(v.boolean()),
});

const result = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  package: v.string(), // version of two-pass-softmax
  node: v.string(),
  command: v.string(),
  started: v.pipe(v.string(), v.isoTimestamp()),
  seconds: v.number(),
  /** False: interrupted; what is there is whole and checked as far as `verified` says. */
  complete: v.boolean(),
  protocol: v.strictObject({
    caches: v.picklist(CACHES),
    input: v.strictObject({ low: v.number(), high: v.number(), seed: count }), // uniform
    secondsPerPoint: positive,
    sweeps: count,
  }),
  machine,
  rows: v.array(row),
  goals: v.array(goal),
  warnings: v.array(v.string()),
});

export type Time = v.InferOutput<typeof time>;
export type Row = v.InferOutput<typeof row>;
export type Goal = v.InferOutput<typeof goal>;
export type Machine = v.InferOutput<typeof machine>;
export type Result = v.InferOutput<typeof result>;
export type Series = Row['series'];
export type Dtype = Row['dtype'];
export type Caches = Row['caches'];

/** Throws with the first thing that is wrong and where. */
export function parseResult(text: string): Result {
  const parsed = v.safeParse(result, JSON.parse(text));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`not a result of version ${VERSION}: ${v.getDotPath(issue)}: ${issue.message}`);
}
