// SPDX-License-Identifier: MIT
import { expect, it, vi } from 'vitest';
import { full, type Point, type Protocol, points } from '../../../bench/cli/protocol.js';
import { Session } from '../../../bench/cli/session.js';
import { binding, type Measure } from '../../../lib/binding.js';

const protocol: Protocol = {
  ...full,
  sizes: [64, 2 ** 16],
  algorithms: ['auto', 'three-pass-reload'],
  isas: ['scalar'],
  threads: [1, 2],
  secondsPerPoint: 0.02,
  sweeps: 2,
};
const never = new AbortController().signal;
const some = (all: readonly Point[]) => all.filter(({ series }) => series === 'sizes').slice(0, 1);

/** Every call to the native side, and answers made up here. */
function fake(ulp: (i: number) => number): { measure: Measure; time: ReturnType<typeof vi.fn> } {
  const count = (coded: Int32Array) => coded.length / 5;
  const time = vi.fn((_x, _y, _rows, _n, coded: Int32Array, _state, rounds: number) =>
    Float64Array.from({ length: count(coded) * rounds }, (_, i) => 1000 + i),
  );
  const check = (...[, , , , coded]: Parameters<Measure['check']>) =>
    Float64Array.from({ length: count(coded) }, (_, i) => ulp(i));
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
