// SPDX-License-Identifier: MIT
// npm run speed [-- --sizes 16,1000] [--calls softmax,topK] [--json file]: what a call takes here
// and in other libraries, taking turns on the same logits, and the goals beside it.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { cpu } from '../../dist/index.mjs';
import {
  BESIDE,
  type Call,
  type CallName,
  callNames,
  OTHERS,
  OURS,
  TEMPERATURE,
  TOP_P,
} from './calls.js';
import { exactly } from './exact.js';
import { libraries } from './libraries.js';
import { batch, quantile, time } from './measure.js';
import { digits, table } from './print.js';
import { uniform } from './random.js';
import { type Entry, judge, type SpeedResult } from './speed_goals.js';

const SIZES = [16, 128, 1000, 6625, 32_000, 151_936, 2 ** 20, 2 ** 24];
const K = 50;
const TOLERANCE = 1e-4;
const SHORTEST = 100; // microseconds that a timing should take
const BUDGET = 3e6; // microseconds for the rounds of one row of the table
const [LEAST, MOST] = [7, 41]; // rounds

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: SIZES.join() },
    calls: { type: 'string', default: callNames.join() },
    json: { type: 'string' },
  },
});
const sizes = options.sizes.split(',').map(Number);
const calls = callNames.filter((name) => options.calls.split(',').includes(name));
if (!sizes.every((n) => Number.isInteger(n) && n > 0) || calls.length === 0) {
  console.error(`Wanted --sizes of integers above 0, and --calls among ${callNames.join()}`);
  process.exit(2);
}

const quartiles = (samples: readonly number[]) => ({
  median: quantile(samples, 0.5),
  low: quantile(samples, 0.25),
  high: quantile(samples, 0.75),
});

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
    .version;

interface Contender extends Call {
  readonly library: string;
}

/** All libraries that have the call, on one row. */
async function compare(call: CallName, n: number): Promise<Entry[]> {
  const x = Float32Array.from({ length: n }, () => 20 * uniform() - 10);
  const row = { x, out: new Float32Array(n), k: Math.min(K, n) };
  const contenders: Contender[] = []; // ours first
  for (const [library, { [call]: make }] of Object.entries(libraries)) {
    if (make) contenders.push({ library, ...(await make(row)) });
  }
  const { repeats, rounds } = await pace(contenders);
  const times = await time(contenders, rounds, repeats);

  const distance = exactly(call, row);
  const entries: Entry[] = [];
  for (const [i, { library, result, onlySum, free }] of contenders.entries()) {
    const samples = times[i] ?? [];
    const ratios = samples.map((sample, round) => sample / (times[0]?.[round] ?? Number.NaN));
    const error = distance(await result(), onlySum);
    const verified = error <= TOLERANCE;
    const [microseconds, ratio] = [quartiles(samples), quartiles(ratios)];
    entries.push({ call, n, library, rounds, microseconds, ratio, error, verified });
    free?.();
  }
  return entries;
}

/** Warms up and finds how many runs make a timing long enough, and how many rounds there is time for. */
async function pace(contenders: readonly Contender[]) {
  const repeats: number[] = [];
  let round = 0;
  for (const { run } of contenders) {
    await batch(run, 1);
    const first = await batch(run, 1);
    const once = first < SHORTEST ? (await batch(run, 300)) / 300 : first;
    const count = Math.ceil(SHORTEST / once);
    repeats.push(count);
    round += 2 * count * once;
  }
  const rounds = Math.min(MOST, Math.max(LEAST, Math.floor(BUDGET / round)));
  return { repeats, rounds };
}

const started = new Date();
const entries: Entry[] = [];
for (const call of calls) {
  for (const n of sizes) {
    process.stderr.write(`${call}, n = ${n.toLocaleString('en')} ...\n`);
    entries.push(...(await compare(call, n)));
  }
}
const goals = judge(entries);

const others = [...OTHERS, ...BESIDE];
const find = (call: CallName, n: number, library: string) =>
  entries.find((entry) => entry.call === call && entry.n === n && entry.library === library);
const cell = (entry: Entry | undefined): string => {
  if (!entry) return '';
  if (!entry.verified) return `void: ${entry.error.toExponential(0)}`;
  const { median, low, high } = entry.ratio;
  return `${digits(median)} (${digits(low)}-${digits(high)})`;
};
const lines = calls.flatMap((call) =>
  sizes.map((n) => {
    const own = find(call, n, OURS);
    const time = own?.verified ? digits(own.microseconds.median) : 'void';
    return [call, n.toLocaleString('en'), time, ...others.map((name) => cell(find(call, n, name)))];
  }),
);
const versions = Object.fromEntries(
  ['onnxruntime-node', '@tensorflow/tfjs-backend-wasm', '@huggingface/transformers'].map((name) => [
    name,
    versionOf(name),
  ]),
);
const { brand, microarchitecture, isa } = cpu();
console.log(`${table([['call', 'n', 'us', ...others], ...lines], 1)}

us: what a call takes here. To the right: how many times as long the others take, the median of
rounds in which all take turns on the same logits, and its quartiles. One thread each. void: a
result is off by so much, relative, more than ${TOLERANCE}. softmax, logSoftmax: with \`out\`. topK(${K}), for
the others: softmax, then the largest. sample: temperature ${TEMPERATURE}, top ${K}, top-p ${TOP_P}; for the others:
the largest, then a loop over those; sumExp: one read of the same logits.
onnxruntime-node: \`await session.run()\` with tensors made once, which waits for a turn of the event
loop as every user does. tfjs-wasm: with dataSync(), which it takes to get at the numbers.
${brand} (${microarchitecture}), ${isa}, Node ${process.version}, ${Object.entries(versions)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}

${table(
  [
    ['goal', 'wanted', 'found', ''],
    ...goals.map(({ text, wanted, found, reached }) => [
      text,
      wanted,
      found,
      reached === null ? 'not measured' : reached ? 'reached' : 'NOT REACHED',
    ]),
  ],
  1,
)}`);
if (options.json !== undefined) {
  const result: SpeedResult = {
    package: versionOf('../..'),
    started: started.toISOString(),
    node: process.version,
    cpu: cpu(),
    versions,
    entries,
    goals,
  };
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  writeFileSync(options.json, `${JSON.stringify(result, rounded, 1)}\n`);
}
if (entries.some(({ library, verified }) => library === OURS && !verified)) process.exitCode = 1;
