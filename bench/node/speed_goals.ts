// SPDX-License-Identifier: MIT
// How fast this package promises to be beside other libraries in Node.
import type { CpuInfo } from '../../dist/index.mjs';
import type { CallName } from './calls.js';

interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** One call of one library on a row of n; `ratio`: to ours in the same round. */
export interface Entry {
  readonly call: CallName;
  readonly n: number;
  readonly library: string;
  readonly rounds: number;
  readonly microseconds: Spread;
  readonly ratio: Spread;
  readonly error: number; // the largest, relative
  readonly verified: boolean;
}

export interface Goal {
  readonly text: string;
  readonly wanted: string;
  readonly found: string;
  readonly reached: boolean | null; // null: this run does not tell
}

const VOCABULARY = 151_936;
const ANY = undefined;

/** The others must take at least `times` as long, at `n` or where it is worst. */
const PROMISED: readonly [call: CallName, library: string, n: number | undefined, times: number][] =
  [
    ['softmax', 'onnxruntime-node', VOCABULARY, 5],
    ['softmax', 'tfjs-wasm', VOCABULARY, 10],
    ['softmax', 'transformers.js', VOCABULARY, 100],
    ['softmax', 'tight loop', ANY, 1],
    ['topK', 'onnxruntime-node', VOCABULARY, 5],
    ['sample', 'sumExp', VOCABULARY, 1 / 1.5],
  ];

/** What `npm run speed -- --json` writes. */
export interface SpeedResult {
  readonly package: string;
  readonly started: string;
  readonly node: string;
  readonly cpu: CpuInfo;
  readonly versions: Readonly<Record<string, string>>; // of the other libraries
  readonly entries: readonly Entry[];
  readonly goals: readonly Goal[];
}

export function judge(entries: readonly Entry[]): Goal[] {
  return PROMISED.map(([call, library, n, times]) => {
    const here = entries.filter(
      (entry) => entry.call === call && entry.library === library && entry.verified,
    );
    const counted = n === ANY ? here : here.filter((entry) => entry.n === n);
    const where = n === ANY ? 'at every n' : `at n = ${n.toLocaleString('en')}`;
    const ratio = Math.min(...counted.map((entry) => entry.ratio.median));
    // Below 1 it is ours that may take longer: said the other way round.
    const text =
      times < 1 ? `${call} ${where}, in times of ${library}` : `${call} ${where}, ${library}`;
    const show = (value: number) => `${(times < 1 ? 1 / value : value).toFixed(2)}x`;
    return {
      text,
      wanted: `${times < 1 ? '<=' : '>='} ${show(times)}`,
      found: counted.length > 0 ? show(ratio) : '',
      reached: counted.length > 0 ? ratio >= times : null,
    };
  });
}
