// SPDX-License-Identifier: MIT
// What sample() draws, and how often.
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  cpu,
  type OneSampleOptions,
  type Sample,
  type SampleOptions,
  type Samples,
  type ShapedSampleOptions,
  sample,
  sampleAsync,
  softmax,
  topK,
} from '../../lib/index.js';
import { logits } from './reference.js';

const { isas } = cpu();
const masked = Number.NEGATIVE_INFINITY;

type Filters = Pick<SampleOptions, 'topK' | 'topP' | 'minP'> & { readonly temperature?: number };

/** What is left after the filters, by definition: sort, cut, and divide by what is left. */
function distribution(x: Float32Array, filters: Filters): Float64Array {
  const { temperature = 1, topK = 0, topP = 1, minP = 0 } = filters;
  const z = x.map((v) => v * Math.fround(1 / temperature));
  const max = Math.max(...z);
  let left = [...z.keys()].sort((a, b) => (x[b] as number) - (x[a] as number) || a - b);
  const weight = (i: number) => Math.exp((z[i] as number) - max);
  const total = (indices: readonly number[]) => indices.reduce((sum, i) => sum + weight(i), 0);
  if (topK > 0) left = left.slice(0, topK);
  const enough = topP * total(left);
  let sum = 0;
  const reached = left.findIndex((i) => {
    sum += weight(i);
    return sum >= enough;
  });
  if (topP < 1 && reached >= 0) left = left.slice(0, reached + 1);
  left = left.filter((i) => weight(i) >= minP);
  const all = total(left);
  const result = new Float64Array(x.length);
  for (const i of left) result[i] = weight(i) / all;
  return result;
}

const combinations: readonly Filters[] = [
  {},
  { temperature: 0.7 },
  { topK: 10 },
  { topP: 0.8 },
  { minP: 0.1 },
  { topK: 20, topP: 0.9 },
  { topK: 20, minP: 0.05 },
  { topP: 0.9, minP: 0.02 },
  { temperature: 1.5, topK: 25, topP: 0.95, minP: 0.05 },
];

/** Rows that hold the same logits. */
function repeated(x: Float32Array, rows: number): Float32Array {
  const all = new Float32Array(x.length * rows);
  for (let r = 0; r < rows; r++) all.set(x, r * x.length);
  return all;
}

function add(counts: Float64Array, index: number): void {
  counts[index] = (counts[index] as number) + 1;
}

function count(x: Float32Array, draws: number, filters: Filters): Float64Array {
  const rows = Math.min(draws, 20000);
  const many = repeated(x, rows);
  const counts = new Float64Array(x.length);
  const shape = [rows, x.length];
  for (let seed = 0; seed < draws / rows; seed++) {
    for (const index of sample(many, { ...filters, shape, seed }).index) add(counts, index);
  }
  return counts;
}

/** In standard deviations of what it is on average; cells of few draws are put together. */
function chiSquare(counts: Float64Array, probabilities: Float64Array, draws: number): number {
  let sum = 0;
  let cells = 0;
  let small = { count: 0, want: 0 };
  const compare = (got: number, want: number) => {
    sum += (got - want) ** 2 / want;
    cells++;
  };
  counts.forEach((got, i) => {
    const want = (probabilities[i] as number) * draws;
    if (want >= 20) compare(got, want);
    else small = { count: small.count + got, want: small.want + want };
  });
  if (small.want > 20) compare(small.count, small.want);
  return cells < 2 ? 0 : (sum - (cells - 1)) / Math.sqrt(2 * (cells - 1));
}

const timeout = 60_000;

describe('frequencies', { timeout }, () => {
  it.each(combinations)('of a million draws with %o', (filters) => {
    const x = logits(30, 3, 7);
    const probabilities = distribution(x, filters);
    const counts = count(x, 1e6, filters);
    counts.forEach((got, i) => {
      if (probabilities[i] === 0) expect(got).toBe(0);
    });
    expect(Math.abs(chiSquare(counts, probabilities, 1e6))).toBeLessThan(5);
  });

  it.each(combinations)('over several blocks with %o', (filters) => {
    const x = logits(2600, 4, 9);
    const draws = 40000;
    const counts = count(x, draws, filters);
    const probabilities = distribution(x, filters);
    counts.forEach((got, i) => {
      if (probabilities[i] === 0) expect(got).toBe(0);
    });
    expect(Math.abs(chiSquare(counts, probabilities, draws))).toBeLessThan(5);
  });

  it('of Math.random, when nothing else is given', () => {
    const x = Float32Array.of(0, 1, 2);
    const { index } = sample(repeated(x, 1e5), { shape: [1e5, 3] });
    const counts = new Float64Array(3);
    for (const i of index) add(counts, i);
    expect(Math.abs(chiSquare(counts, distribution(x, {}), 1e5))).toBeLessThan(5);
  });
});

describe('one draw', { timeout }, () => {
  // Logits of few different values, many of them equal: ties at every cut.
  const rows = [logits(30), logits(3000, 5), logits(5000, 3).map(Math.round)];

  it.each(isas)('is the element that the fraction falls on, on %s', (isa) => {
    for (const x of rows) {
      for (const filters of [...combinations, { topK: 2000, topP: 0.5 }, { topP: 0.3 }]) {
        const probabilities = distribution(x, filters);
        const { topK: k = 0 } = filters;
        // With topK elements lie in descending order, else in that of the row.
        const order = k > 0 ? topK(x, Math.min(k, x.length)).indices : Uint32Array.from(x.keys());
        const stride = Math.ceil(order.length / 100);
        let sum = 0;
        for (const [place, i] of order.entries()) {
          const p = probabilities[i] as number;
          const middle = sum + p / 2;
          sum += p;
          if (p < 1e-6 || (p < 0.01 && place % stride !== 0)) continue;
          const drawn = sample(x, { ...filters, isa, random: () => middle });
          expect(drawn.index).toBe(i);
          expect(Math.abs(drawn.probability / p - 1)).toBeLessThan(1e-6);
          const log = Math.log(drawn.probability);
          expect(Math.abs(drawn.logProbability - log)).toBeLessThanOrEqual(4e-16 * (1 + -log));
        }
      }
    }
  });

  it('has the probability of softmax when nothing is filtered', () => {
    const x = logits(5000, 4);
    const { index, probability } = sample(x, { seed: 3 });
    const [p = 0] = distribution(x, {}).subarray(index);
    expect(Math.abs(probability / p - 1)).toBeLessThan(2e-7);
  });

  it('takes an adaptive temperature from the whole row', () => {
    const x = logits(3000, 3);
    const adaptive = softmax(x, { temperature: 'adaptive' });
    const total = topK(x, 40, { temperature: 'adaptive' }).probabilities.reduce((a, b) => a + b);
    for (const [filters, whole] of [[{}, 1] as const, [{ topK: 40 }, total] as const]) {
      const drawn = sample(x, { ...filters, temperature: 'adaptive', seed: 4 });
      const [p = 0] = adaptive.subarray(drawn.index);
      expect(Math.abs((drawn.probability * whole) / p - 1)).toBeLessThan(1e-6);
    }
  });

  it('has an accurate logarithm also close to 1', () => {
    const { index, probability, logProbability } = sample(Float32Array.of(30, 0, 0), { seed: 1 });
    expect(index).toBe(0);
    expect(probability).toBeLessThan(1);
    const exact = -Math.log1p(2 * Math.exp(-30));
    expect(Math.abs(logProbability / exact - 1)).toBeLessThan(1e-3);
    expect(Object.is(sample(Float32Array.of(5), { seed: 1 }).logProbability, 0)).toBe(true);
  });

  it('stays inside at both ends of the random numbers', () => {
    const x = new Float32Array(2500).fill(masked);
    for (const at of [3, 1500, 2400]) x[at] = 1;
    for (const filters of [...combinations, { topK: 2 }, { topP: 0.5 }]) {
      const probabilities = distribution(x, filters);
      for (const u of [0, 2 ** -53, 1 - 2 ** -53]) {
        const { index } = sample(x, { ...filters, random: () => u });
        expect(probabilities[index]).toBeGreaterThan(0);
      }
    }
    expect(sample(x, { random: () => 0 }).index).toBe(3);
    expect(sample(x, { random: () => 1 - 2 ** -53 }).index).toBe(2400);
  });
});

describe('filters', () => {
  const indices = (x: Float32Array, filters: Filters) => {
    const found = new Set<number>();
    for (let i = 0; i < 200; i++) found.add(sample(x, { ...filters, seed: i }).index);
    return [...found].sort((a, b) => a - b);
  };

  it('topK 1 and temperature 0 take the first of the largest', () => {
    const x = logits(6000).map((v) => Math.min(v, 5));
    const index = x.indexOf(5);
    const certain = { index, probability: 1, logProbability: 0 };
    for (let seed = 0; seed < 20; seed++) {
      expect(sample(x, { topK: 1, seed })).toEqual(certain);
      expect(sample(x, { temperature: 0, topK: 30, topP: 0.9, minP: 0.1, seed })).toEqual(certain);
      expect(sample(x, { topP: 1e-300, seed })).toEqual(certain);
      expect(sample(x, { topP: Number.MIN_VALUE, seed })).toEqual(certain);
      expect(sample(x, { topK: 9, topP: Number.MIN_VALUE, seed })).toEqual(certain);
    }
  });

  it('topP keeps no more than it needs, by lower index, of equal logits', () => {
    for (const n of [4, 2000]) {
      const x = new Float32Array(n).fill(1.5);
      const half = Array.from({ length: n / 2 }, (_, i) => i);
      expect(distribution(x, { topP: 0.5 }).findLastIndex((p) => p > 0)).toBe(n / 2 - 1);
      for (const index of indices(x, { topP: 0.5 })) expect(half).toContain(index);
      const { probability } = sample(x, { topP: 0.5, seed: 1 });
      expect(probability).toBeCloseTo(2 / n, 15);
      expect(sample(x, { topP: 0.5 + 1 / n, seed: 1 }).probability).toBeCloseTo(
        1 / (n / 2 + 1),
        15,
      );
    }
    expect(indices(Float32Array.of(0, 1, 1, 1, 1), { topP: 0.25 })).toEqual([1, 2]);
  });

  it('minP keeps what is exactly that probable', () => {
    const x = Float32Array.of(1, 2, 2, 0, 2);
    expect(indices(x, { minP: 1 })).toEqual([1, 2, 4]);
    expect(indices(x, { minP: 0.3 })).toEqual([0, 1, 2, 4]);
    expect(sample(x, { minP: 1, seed: 1 }).probability).toBeCloseTo(1 / 3, 15);
  });

  it('minP looks at what topK and topP have left', () => {
    // 0.64, 0.24, 0.09, 0.03: of the nucleus all are above a fifth of the largest.
    const x = Float32Array.of(3, 2, 1, 0);
    expect(indices(x, { topP: 0.8, minP: 0.2 })).toEqual([0, 1]);
    expect(indices(x, { topK: 3, topP: 0.95 })).toEqual([0, 1, 2]);
    // After topK 2 the probabilities are 0.73 and 0.27: one reaches 0.7, of all it would not.
    expect(indices(x, { topK: 2, topP: 0.7 })).toEqual([0]);
    expect(indices(x, { topP: 0.7 })).toEqual([0, 1]);
  });

  it('that keep everything change nothing', () => {
    const x = logits(1500);
    for (let seed = 0; seed < 20; seed++) {
      const plain = sample(x, { seed });
      for (const all of [
        { topK: 0 },
        { topK: 1500 },
        { topK: 2 ** 40 },
        { topP: 1 },
        { minP: 0 },
      ]) {
        expect(sample(x, { ...all, seed })).toEqual(plain);
      }
    }
  });

  it('never let a masked element through', () => {
    const x = logits(3000, 2).map((v, i) => (i % 3 === 0 ? v : masked));
    for (const filters of combinations) {
      for (const index of indices(x, filters)) expect(index % 3).toBe(0);
    }
    const single = new Float32Array(3000).fill(masked);
    single[2999] = -70000;
    for (const filters of combinations) expect(indices(single, filters)).toEqual([2999]);
  });

  it('work on logits of any size', () => {
    for (const shift of [-3e38, -1e6, -66000, 66000, 1e6, 3e38]) {
      const x = Float32Array.of(shift, shift * 1.5, shift);
      const larger = shift < 0 ? [0, 2] : Number.isFinite(x[1]) ? [1] : undefined;
      if (larger === undefined) continue;
      for (const filters of combinations) expect(indices(x, filters)).toEqual(larger);
    }
    const overflowing = Float32Array.of(1e30, 2e30, 2e30);
    expect(indices(overflowing, { temperature: 1e-20 })).toEqual([1, 2]);
  });
});

describe('seeds', { timeout }, () => {
  const x = logits(4000, 3);

  it('give the same on every isa and for any number of threads', () => {
    const rows = repeated(x, 50);
    for (const filters of combinations) {
      const options = { ...filters, shape: [50, 4000], seed: 2 ** 53 - 1 };
      const want = sample(rows, { ...options, isa: 'scalar', threads: 1 });
      for (const isa of isas) {
        for (const threads of [1, 2, 64]) {
          expect(sample(rows, { ...options, isa, threads })).toEqual(want);
        }
      }
    }
  });

  it('give draws that depend on the row, wherever the rows lie', () => {
    const rows = repeated(x.subarray(0, 500), 20);
    const across = new Float32Array(rows.length);
    for (let r = 0; r < 20; r++) {
      for (let i = 0; i < 500; i++) across[i * 20 + r] = rows[r * 500 + i] as number;
    }
    const down = sample(rows, { shape: [20, 500], seed: 5, topP: 0.9 });
    expect(sample(across, { shape: [500, 20], axis: 0, seed: 5, topP: 0.9 })).toEqual(down);
    expect(new Set(down.index).size).toBeGreaterThan(15);
    const first = sample(rows.subarray(0, 500), { seed: 5, topP: 0.9 });
    expect(first.index).toBe(down.index[0]);
    expect(first.probability).toBe(down.probability[0]);
  });

  it('that follow one another give independent draws', () => {
    const two = Float32Array.of(0, 0);
    const bits = Array.from({ length: 20000 }, (_, seed) => sample(two, { seed }).index * 2 - 1);
    for (const lag of [1, 2, 3, 64]) {
      const sum = bits.slice(lag).reduce((total, bit, i) => total + bit * (bits[i] as number), 0);
      expect(Math.abs(sum)).toBeLessThan(5 * Math.sqrt(bits.length));
    }
  });
});

describe('results', () => {
  it.each(combinations)('of several rows are those of each alone, with %o', (filters) => {
    const n = 1500;
    const x = logits(4 * n);
    const options = { ...filters, random: () => 0.6 };
    const { index, probability } = sample(x, { ...options, shape: [4, n] });
    for (let row = 0; row < 4; row++) {
      const alone = sample(x.slice(row * n, (row + 1) * n), options);
      expect({ index: index[row], probability: probability[row] }).toEqual({
        index: alone.index,
        probability: alone.probability,
      });
    }
  });

  it('are the same by promise and with a shape, which have arrays for them', async () => {
    const x = logits(40);
    const bits = Uint16Array.from({ length: 40 }, (_, i) => (i * 7919) % 0x7c00);
    for (const [input, dtype] of [
      [x, {}],
      [Float64Array.from(x), {}],
      [Array.from(x), {}],
      [bits, { dtype: 'float16' }],
      [bits, { dtype: 'bfloat16' }],
    ] as const) {
      for (let i = 0; i < 20; i++) {
        const drawn = i % 2 > 0 ? { seed: i } : { random: () => i / 20 };
        const isa = i % 3 > 0 ? 'auto' : 'scalar';
        const options = {
          temperature: 0.5 + i,
          topP: 0.99,
          minP: i / 100,
          isa,
          ...dtype,
          ...drawn,
        };
        const one = sample(input, options as OneSampleOptions);
        expect(await sampleAsync(input, options as OneSampleOptions)).toEqual(one);
        expect(sample(input, { ...options, shape: [40] } as ShapedSampleOptions)).toEqual({
          index: Uint32Array.of(one.index),
          probability: Float64Array.of(one.probability),
          logProbability: Float64Array.of(one.logProbability),
        });
      }
    }
  });

  it('are numbers without `shape`, arrays with it', () => {
    const x = logits(6);
    expectTypeOf(sample(x)).toEqualTypeOf<Sample>();
    expectTypeOf(sample(x, { seed: 1 })).toEqualTypeOf<Sample>();
    expectTypeOf(sample(x, { shape: [6] })).toEqualTypeOf<Samples>();
    expectTypeOf(sample(x, {} as SampleOptions)).toEqualTypeOf<Sample | Samples>();
    const one = sample(x, { axis: 0, seed: 1 });
    expect(Object.values(one).map((value) => typeof value)).toEqual(['number', 'number', 'number']);
    const all = sample(x, { shape: [6], seed: 1 });
    sample(logits(9), { seed: 2 }); // whatever comes later
    sample(logits(9), { shape: [9], seed: 2 });
    expect(all).toEqual({
      index: Uint32Array.of(one.index),
      probability: Float64Array.of(one.probability),
      logProbability: Float64Array.of(one.logProbability),
    });
    const none = sample(new Float32Array(0), { shape: [0, 5] });
    expect(none.index).toEqual(new Uint32Array(0));
  });
});
