// SPDX-License-Identifier: MIT
import { describe, expect, it, vi } from 'vitest';
import { full, type Point, type Protocol, points } from '../../../bench/cli/protocol.js';
import { Session } from '../../../bench/cli/session.js';
import { binding, type Measure } from '../../../lib/binding.js';
import { elements } from '../../../lib/dtypes.js';

const protocol: Protocol = {
  ...full,
  sizes: [64, 2 ** 16],
  algorithms: ['auto', 'three-pass-reload'],
  isas: ['scalar'],
  dtypes: ['float32'],
  threads: [1, 2],
  secondsPerPoint: 0.02,
  sweeps: 2,
};
const never = new AbortController().signal;
const some = (all: readonly Point[]) => all.filter(({ series }) => series === 'sizes').slice(0, 1);

/** Every call to the native side, and answers made up here. */
function fake(ulp: (i: number, dtype: number) => number): {
  measure: Measure;
  time: ReturnType<typeof vi.fn>;
} {
  const count = (coded: Int32Array) => coded.length / 5;
  const time = vi.fn((_x, _y, _dtype, _rows, _n, coded: Int32Array, _state, rounds: number) =>
    Float64Array.from({ length: count(coded) * rounds }, (_, i) => 1000 + i),
  );
  const check = (...[, , dtype, , , coded]: Parameters<Measure['check']>) =>
    Float64Array.from({ length: count(coded) }, (_, i) => ulp(i, dtype));
  const measure = { ...binding.measure, time, check, pin: () => false };
  return { measure: measure as Measure, time };
}

it('measures every series on this processor and verifies all of it', {
  timeout: 600_000,
}, async () => {
  const { points: all, left } = points(protocol, 'warm', 2 ** 30);
  expect(left).toEqual([]);
  expect(new Set(all.map(({ series }) => series))).toEqual(new Set(full.series));
  const session = new Session(protocol, all);
  const reported: number[] = [];
  await session.run(never, ({ done }) => reported.push(done));
  const rows = session.rows();
  expect(rows).toHaveLength(all.flatMap(({ candidates }) => candidates).length);
  for (const row of rows) {
    expect(row.verified, JSON.stringify(row)).toBe(true);
    expect(row.trueGBs).toBeGreaterThan(0);
    expect(row.time.rounds).toBeGreaterThanOrEqual(6);
    expect(row.plan === null).toBe(row.kind !== 'algorithm');
  }
  expect(reported).toEqual([...reported].sort((a, b) => a - b));
  expect(reported.at(-1)).toBeLessThan(1);
});

it('voids what the check finds wrong: ours beyond 3 ULP, others beyond 1e-4, NaN', async () => {
  const [point] = some(points(protocol, 'warm', 2 ** 30).points);
  if (point === undefined) throw new Error('no point');
  const errors = [3.1, 100, 2000, Number.POSITIVE_INFINITY];
  const session = new Session(protocol, [point], fake((i) => errors[i] ?? 0).measure);
  await session.run(never, () => {});
  const [auto, rival, read, read4, ...rest] = session.rows();
  expect(auto).toMatchObject({ name: 'auto', verified: false, errorUlp: 3.1 });
  expect(rival).toMatchObject({ name: 'three-pass-reload', verified: true, errorUlp: 100 });
  expect(read).toMatchObject({ kind: 'limit', verified: false, errorUlp: null });
  expect(read4).toMatchObject({ verified: false });
  expect(rest.every(({ verified }) => verified)).toBe(true);
});

describe('types', () => {
  const typed: Protocol = {
    ...protocol,
    sizes: [64, 4096],
    dtypes: elements,
    algorithms: ['auto', 'two-pass-reload', 'online'],
    series: ['sizes', 'passes', 'weak'],
    secondsPerPoint: 0.01,
  };
  const { points: all } = points(typed, 'warm', 2 ** 30);

  it('measures algorithms of ours with every type, and all else with float32', {
    timeout: 600_000,
  }, async () => {
    const session = new Session(typed, all);
    await session.run(never, () => {});
    const rows = session.rows();
    for (const row of rows) expect(row.verified, JSON.stringify(row)).toBe(true);
    for (const dtype of elements.filter((name) => name !== 'float32')) {
      const own = rows.filter((row) => row.dtype === dtype);
      expect(new Set(own.map(({ name }) => name))).toEqual(new Set(['auto', 'two-pass-reload']));
      expect(new Set(own.map(({ series }) => series))).toEqual(new Set(['sizes', 'weak']));
      expect(own.every(({ errorUlp }) => errorUlp !== null && errorUlp > 0.3)).toBe(true);
    }
  });

  it.each([
    ['float32', 12, 8],
    ['float16', 24, 4], // read and written, and its copy filled, computed with and emptied
    ['bfloat16', 24, 4],
    ['float64', 24, 16],
  ])('counts the bytes of %s: %i moved by auto, %i effective', async (dtype, moved, effective) => {
    const session = new Session(typed, all, fake(() => 0).measure);
    await session.run(never, () => {});
    const row = session.rows().find((one) => one.dtype === dtype && one.name === 'auto');
    expect((row?.trueGBs ?? 0) * (row?.nsPerElement ?? 0)).toBeCloseTo(moved, 9);
    expect((row?.effectiveGBs ?? 0) * (row?.nsPerElement ?? 0)).toBeCloseTo(effective, 9);
  });

  it.each([
    [3.01, []],
    [2.99, ['float32', 'float64']],
    [0.5004, ['float32', 'float64']],
    [0.5003, ['float16', 'float32', 'float64']],
    [0.50004, ['bfloat16', 'float16', 'float32', 'float64']],
  ])('holds each to its own promise: %d ULP', async (ulp, verified) => {
    const session = new Session(typed, all, fake(() => ulp).measure);
    await session.run(never, () => {});
    const auto = session.rows().filter(({ name }) => name === 'auto');
    const right = auto.filter((row) => row.verified).map((row) => row.dtype);
    expect([...new Set(right)].sort()).toEqual(verified);
  });

  it('voids what computes nonsense of one type, by the native check', async () => {
    const { measure: real } = binding;
    const fill: Measure['fill'] = (x, dtype, ...range) => {
      const filled = real.fill(x, dtype, ...range);
      if (elements[dtype] === 'bfloat16') new Uint16Array(x.buffer).fill(0x7fc0); // NaN
      return filled;
    };
    const session = new Session(typed, all, { ...real, fill });
    await session.run(never, () => {});
    for (const { dtype, verified, errorUlp } of session.rows()) {
      expect(verified, dtype).toBe(dtype !== 'bfloat16');
      if (!verified) expect(errorUlp).toBeNull();
    }
  });

  it('has no native answer for a type that there is not, or that a rival does not know', () => {
    const memory = new Float32Array(4096);
    const plan = (dtype: number, algorithm: number) =>
      binding.measure.plan(memory, memory, dtype, 1, 8, Int32Array.of(0, algorithm, 0, 1, 1));
    const online = binding.measure.subjects[0].findIndex(({ name }) => name === 'online');
    for (const dtype of elements.keys()) {
      expect(plan(dtype, 0)).toEqual(['short rows, 1 thread']);
      expect(plan(dtype, online) === null).toBe(elements[dtype] !== 'float32');
    }
    for (const none of [-1, 0.5, elements.length, Number.NaN]) expect(plan(none, 0)).toBeNull();
  });

  it('fills the input where the type changes or more of it is used', async () => {
    const { measure } = fake(() => 0);
    const fill = vi.fn<Measure['fill']>(() => true);
    const filled = async (dtypes: Protocol['dtypes']) => {
      const wishes = { ...typed, dtypes, series: ['sizes'], sizes: [2 ** 12, 2 ** 20] } as const;
      const { points: few } = points(wishes, 'warm', 2 ** 30);
      fill.mockClear();
      await new Session(wishes, few, { ...measure, fill }).run(never, () => {});
      return fill.mock.calls.map(([x, dtype]) => [dtype, x.byteLength - 4096]); // without a page
    };
    const [float32, float64] = [0, elements.indexOf('float64')];
    expect(await filled(['float32'])).toEqual([
      [float32, 4 * 2 ** 12],
      [float32, 4 * 2 ** 20],
    ]);
    const sweep = [
      [float32, 4 * 2 ** 12],
      [float64, 8 * 2 ** 12],
      [float32, 4 * 2 ** 20],
      [float64, 8 * 2 ** 20],
    ];
    const twoThreads = sweep.slice(2);
    expect(await filled(['float32', 'float64'])).toEqual(
      [sweep, twoThreads, sweep, twoThreads].flat(),
    );
  });

  it.each(['warm', 'cold'] as const)('runs on nothing that was not filled, %s', async (caches) => {
    const { measure, time } = fake(() => 0);
    let filled = 0;
    const fill: Measure['fill'] = (x) => {
      filled = x.length;
      return true;
    };
    time.mockImplementation((x, ...[, , , , coded, , rounds]) => {
      expect(x.length).toBeLessThanOrEqual(filled);
      return new Float64Array((coded.length / 5) * rounds).fill(1e6);
    });
    const wishes = { ...typed, caches };
    const { points: few } = points(wishes, caches, 2 ** 34);
    await new Session(wishes, few, { ...measure, fill }).run(never, () => {});
    expect(time).toHaveBeenCalled();
  });

  it('counts the copies of what is computed as float32', () => {
    const wishes = { ...typed, sizes: [2 ** 20], series: ['sizes'] } as const; // no stream of two inputs
    const fit = (mebibytes: number) => [
      ...new Set(points(wishes, 'warm', mebibytes * 2 ** 20).points.map(({ dtype }) => dtype)),
    ];
    expect(fit(2 + 2 + 3.9)).toEqual([]);
    expect(fit(4 + 4 + 0.1)).toEqual(['float32', 'float16', 'bfloat16']);
    expect(fit(8 + 8 - 0.1)).toEqual(['float32', 'float16', 'bfloat16']);
    expect(fit(8 + 8 + 0.1)).toEqual(elements);
  });
});

it('keeps what there is when it is stopped', async () => {
  const all = some(points(protocol, 'warm', 2 ** 30).points);
  const stop = new AbortController();
  const { measure, time } = fake(() => 0);
  const session = new Session({ ...protocol, sweeps: 50 }, all, measure);
  let reports = 0;
  await session.run(stop.signal, () => {
    if (++reports === 3) stop.abort();
  });
  expect(reports).toBe(3);
  expect(session.rows().every(({ verified, time: { rounds } }) => verified && rounds > 0)).toBe(
    true,
  );
  expect(session.rows()).not.toEqual([]);
  const calls = time.mock.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(time.mock.calls).toHaveLength(calls);
});

it('has no rows when it is stopped before the first timing', async () => {
  const all = some(points(protocol, 'warm', 2 ** 30).points);
  const session = new Session(protocol, all, fake(() => 0).measure);
  await session.run(AbortSignal.abort(), () => {});
  expect(session.rows()).toEqual([]);
});

it('leaves out what does not fit the memory', () => {
  const { points: fit, left } = points(protocol, 'warm', 2 ** 17);
  expect(fit.every(({ rows, n }) => rows * n < 2 ** 16)).toBe(true);
  expect(left.some(({ n }) => n === 2 ** 16)).toBe(true);
});

it('stops when its time is over', async () => {
  const { points: all } = points(protocol, 'warm', 2 ** 30);
  const session = new Session({ ...protocol, secondsInAll: 0 }, all, fake(() => 0).measure);
  const reported: number[] = [];
  expect(await session.run(never, ({ done }) => reported.push(done))).toBe(false);
  expect(reported.length).toBeLessThan(2);
});
