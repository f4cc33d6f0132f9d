// SPDX-License-Identifier: MIT
// Carries out a protocol: sweeps over all points, so that each row's rounds come from several
// moments, and lets the event loop run between timings, so that Ctrl-C is heard.
import { setImmediate } from 'node:timers/promises';
import { binding, type Measure } from '../../lib/binding.js';
import { isas } from '../../lib/types.js';
import { allowedProcessors } from './machine.js';
import {
  arena,
  bytesPerElement,
  type Candidate,
  indexOf,
  OURS,
  type Point,
  type Protocol,
} from './protocol.js';
import { CACHES, type Dtype, KINDS, type Row } from './schema.js';
import { isNoisy, LEAST_ROUNDS, median, summarize } from './statistics.js';

const SAMPLE = 50_000; // nanoseconds that one timing should take at least
const CALL = 0.2e9; // nanoseconds that one native call should take at most
const MOST_ROUNDS = 40; // per sweep
/** What this package promises: 16 bits are rounded from a float32 within 3 ULP. */
const OURS_ULP: Readonly<Record<Dtype, number>> = {
  float32: 3,
  float16: 0.5 + 3 * 2 ** -13,
  bfloat16: 0.5 + 3 * 2 ** -16,
  float64: 3,
};
/** Rivals promise 1e-4, and add n / 16 floats to each lane of a plain sum. */
export const rivalUlp = (n: number) => 1e-4 * 2 ** 24 + n / 32;
const PRECISE = [...OURS, 'equipped-three-pass'];

export interface Progress {
  readonly done: number; // of 1
  readonly point: Point;
}

interface State {
  readonly repeats: number[];
  readonly sweeps: number[][][]; // candidate, sweep, round
  ulp: readonly number[] | undefined;
  plans: readonly (string | null)[];
  nanoseconds: number; // of a round, all candidates
}

export class Session {
  readonly #protocol: Protocol;
  readonly #points: readonly Point[];
  readonly #states: State[];
  readonly #measure: Measure;
  readonly #x: Float32Array;
  readonly #y: Float32Array;
  #runs = 0;
  #filled: { readonly dtype?: Dtype; readonly length: number } = { length: 0 };

  constructor(protocol: Protocol, points: readonly Point[], measure = binding.measure) {
    this.#protocol = protocol;
    this.#points = points;
    this.#measure = measure;
    this.#states = points.map(({ candidates }) => ({
      repeats: candidates.map(() => 1),
      sweeps: candidates.map(() => []),
      ulp: undefined,
      plans: candidates.map(() => null),
      nanoseconds: 0,
    }));
    const sizes = points.map((point) => arena(point, protocol.caches));
    const floats = (bytes: readonly number[]) =>
      new Float32Array(Math.ceil(Math.max(0, ...bytes) / 4));
    this.#x = floats(sizes.map(({ x }) => x));
    this.#y = floats(sizes.map(({ y }) => y)).fill(0); // no page faults later
  }

  /**
   * Until all is done, the signal aborts, or the time is over; rows() has what there is by then.
   * False: the time was over first.
   */
  async run(signal: AbortSignal, report: (progress: Progress) => void): Promise<boolean> {
    const end = performance.now() + 1000 * this.#protocol.secondsInAll;
    const { sweeps } = this.#protocol;
    const most = Math.max(1, ...this.#protocol.threads);
    const pinned = this.#measure.pin(Int32Array.from(allowedProcessors().slice(0, most)));
    const weights = this.#points.map((point) => this.#seconds(point));
    const total = sweeps * sum(weights);
    let done = 0;
    try {
      for (let sweep = 0; sweep < sweeps; sweep++) {
        for (const [i, point] of this.#points.entries()) {
          if (performance.now() > end) return false;
          report({ done: done / total, point });
          await this.#sweep(point, this.#state(i), sweep, signal);
          if (signal.aborted) return true;
          done += weights[i] ?? 0;
        }
      }
      return true;
    } finally {
      if (pinned) this.#measure.pin(new Int32Array(0));
    }
  }

  /** Rows of all candidates that have been timed. */
  rows(): Row[] {
    return this.#points.flatMap((point, p) =>
      point.candidates.flatMap((candidate, c) => {
        const state = this.#state(p);
        const sweeps = state.sweeps[c] ?? [];
        return sweeps.flat().length === 0 ? [] : [this.#row(point, candidate, state, c)];
      }),
    );
  }

  /** What a sweep over a point is expected to take. */
  #seconds({ rows, n, candidates }: Point): number {
    const least = Math.ceil(LEAST_ROUNDS / this.#protocol.sweeps) + 2;
    const slowest = (rows * n * candidates.length * least) / 1e9;
    return Math.max(this.#protocol.secondsPerPoint / this.#protocol.sweeps, slowest);
  }

  #state(i: number): State {
    const state = this.#states[i];
    if (state === undefined) throw new RangeError(`point ${i}`);
    return state;
  }

  async #sweep(point: Point, state: State, sweep: number, signal: AbortSignal): Promise<void> {
    this.#fill(point);
    if (sweep === 0) await this.#calibrate(point, state, signal);
    for (const all of state.sweeps) all.push([]);
    const { secondsPerPoint, sweeps } = this.#protocol;
    const budget = ((secondsPerPoint / sweeps) * 1e9) / state.nanoseconds;
    const least = Math.ceil(LEAST_ROUNDS / sweeps);
    const rounds = Math.min(Math.max(Math.floor(budget), least), MOST_ROUNDS);
    const atOnce = Math.max(1, Math.min(rounds, Math.floor(CALL / state.nanoseconds)));
    for (let round = 0; round < rounds && !signal.aborted; round += atOnce) {
      await this.#rounds(point, state, Math.min(atOnce, rounds - round), signal);
    }
    const quickly = point.rows * point.n <= 2 ** 20;
    if (sweep === 0 && (quickly || !signal.aborted)) this.#check(point, state);
  }

  /** Fills what the point uses of the input, unless it has been, with elements of that type. */
  #fill(point: Point): void {
    const { low, high, seed } = this.#protocol.input;
    const x = this.#input(point);
    const { dtype, length } = this.#filled;
    if (point.dtype === dtype && x.length <= length) return;
    this.#measure.fill(x, indexOf(point.dtype), low, high, seed);
    this.#filled = { dtype: point.dtype, length: x.length };
  }

  #input(point: Point): Float32Array {
    return this.#x.subarray(0, Math.ceil(arena(point, this.#protocol.caches).x / 4));
  }

  /** One round, or more in one native call, or several calls for one: as its length allows. */
  async #rounds(point: Point, state: State, rounds: number, signal: AbortSignal): Promise<void> {
    const { candidates } = point;
    const each = state.nanoseconds > CALL ? 1 : candidates.length;
    for (let from = 0; from < candidates.length && !signal.aborted; from += each) {
      const times = this.#time(point, state, from, from + each, rounds);
      times.forEach((samples, i) => {
        state.sweeps[from + i]?.at(-1)?.push(...samples);
      });
      await setImmediate();
    }
  }

  /** Finds how many runs make a timing long enough, and how long a round then takes. */
  async #calibrate(point: Point, state: State, signal: AbortSignal): Promise<void> {
    const { rows, n, candidates } = point;
    const coded = encode(candidates, state.repeats);
    const dtype = indexOf(point.dtype);
    state.plans =
      this.#measure.plan(this.#input(point), this.#y, dtype, rows, n, coded) ?? state.plans;
    for (let c = 0; c < candidates.length && !signal.aborted; c++) {
      let once = median(this.#time(point, state, c, c + 1, 1).flat());
      // Of short runs the first only warms up pages, code and clocks.
      if (once < 1e7) once = median(this.#time(point, state, c, c + 1, 3).flat());
      state.repeats[c] = Math.min(1e6, Math.max(1, Math.ceil(SAMPLE / Math.max(1, once))));
      state.nanoseconds += once * (state.repeats[c] ?? 1);
      await setImmediate();
    }
  }

  #time(point: Point, state: State, from: number, to: number, rounds: number): number[][] {
    const candidates = point.candidates.slice(from, to);
    const repeats = state.repeats.slice(from, to);
    const { rows, n } = point;
    const mode = CACHES.indexOf(this.#protocol.caches);
    const coded = encode(candidates, repeats);
    const start = this.#runs;
    const dtype = indexOf(point.dtype);
    const times = this.#measure.time(
      this.#input(point),
      this.#y,
      dtype,
      rows,
      n,
      coded,
      mode,
      rounds,
      start,
    );
    if (times === null) throw new Error(`cannot time ${describe(point)}`);
    this.#runs += rounds * sum(repeats);
    return candidates.map((_, i) => [...times.subarray(i * rounds, (i + 1) * rounds)]);
  }

  #check(point: Point, state: State): void {
    const coded = encode(point.candidates, state.repeats);
    const dtype = indexOf(point.dtype);
    const ulp = this.#measure.check(this.#input(point), this.#y, dtype, point.rows, point.n, coded);
    if (ulp === null) throw new Error(`cannot check ${describe(point)}`);
    state.ulp = [...ulp];
  }

  #row(point: Point, candidate: Candidate, state: State, c: number): Row {
    const { rows, n, series, dtype } = point;
    const { reads, writes, name } = candidate.traffic;
    // The clock may be coarser than the shortest runs are long.
    const sweeps = (state.sweeps[c] ?? []).map((samples) => samples.map((t) => Math.max(t, 1e-3)));
    const time = summarize(sweeps);
    const { moved, effective } = bytesPerElement(dtype, candidate.traffic);
    const ulp = state.ulp?.[c];
    const precise = candidate.kind === 'algorithm' && PRECISE.includes(name);
    const verified = ulp !== undefined && ulp <= (precise ? OURS_ULP[dtype] : rivalUlp(n));
    return {
      series,
      kind: candidate.kind,
      name,
      process: 'addon',
      isa: candidate.isa,
      dtype,
      threads: candidate.threads,
      rows,
      n,
      caches: this.#protocol.caches,
      reads,
      writes,
      plan: state.plans[c] ?? null,
      time,
      nsPerElement: time.median / (rows * n),
      trueGBs: (moved * rows * n) / time.median,
      effectiveGBs: (effective * rows * n) / time.median,
      verified,
      errorUlp:
        candidate.kind === 'algorithm' && ulp !== undefined && Number.isFinite(ulp) ? ulp : null,
      noisy: isNoisy(time),
    };
  }
}

function encode(candidates: readonly Candidate[], repeats: readonly number[]): Int32Array {
  return Int32Array.from(
    candidates.flatMap(({ kind, traffic, isa, threads }, i) => {
      const subject = KINDS.indexOf(kind);
      const index = binding.measure.subjects[subject]?.findIndex(
        ({ name }) => name === traffic.name,
      );
      return [
        subject,
        index ?? -1,
        isas.findIndex((name) => name === isa),
        threads,
        repeats[i] ?? 1,
      ];
    }),
  );
}

export function describe({ series, dtype, rows, n }: Point): string {
  const shape = rows === 1 ? `n = ${format(n)}` : `${format(rows)} rows of ${format(n)}`;
  return `${series}, ${dtype === 'float32' ? '' : `${dtype}, `}${shape}`;
}

const format = (n: number) => n.toLocaleString('en');
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
