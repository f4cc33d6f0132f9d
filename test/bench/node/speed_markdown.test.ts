// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import type { Entry, SpeedResult } from '../../../bench/node/speed_goals.js';
import { speedSection } from '../../../bench/node/speed_markdown.js';

const spread = (median: number) => ({ median, low: median, high: median });
const entry = (library: string, n: number, times: number, ratio: number): Entry => ({
  ...{ call: 'softmax', n, library, rounds: 7, error: 0, verified: true },
  ...{ microseconds: spread(times), ratio: spread(ratio) },
});
const result: Omit<SpeedResult, 'cpu'> & { cpu: object } = {
  package: '1.2.3',
  started: '2026-11-22T04:00:00.000Z',
  node: 'v20.1.0',
  cpu: { brand: 'A processor', microarchitecture: 'zen-2', isa: 'avx2' },
  versions: { 'onnxruntime-node': '1.30.0' },
  entries: [
    entry('two-pass-softmax', 1000, 0.4, 1),
    entry('onnxruntime-node', 1000, 12, 30),
    { ...entry('tfjs-wasm', 1000, 4, 10), verified: false },
    entry('sumExp', 1000, 0.2, 0.5),
  ],
  goals: [],
};

it('shows what a call takes here, and the others as times of it', () => {
  const lines = speedSection([{ name: 'zen-2.json', text: JSON.stringify(result) }]).split('\n');
  expect(lines.slice(0, 4)).toEqual([
    '| call | n | us | onnxruntime-node | tfjs-wasm | transformers.js | tight loop |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    '| `softmax` | 1,000 | 0.400 | 30.0x | wrong |  |  |',
    '',
  ]);
  expect(lines[4]).toBe(
    'A processor (zen-2), avx2, Node 20.1.0, onnxruntime-node 1.30.0; two-pass-softmax 1.2.3, 2026-11-22.',
  );
});

it('says how to get one where there is none', () => {
  expect(speedSection([])).toContain('npm run speed');
});
