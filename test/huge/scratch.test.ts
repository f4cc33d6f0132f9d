// SPDX-License-Identifier: MIT
// What the calls without an output array need of memory: no array of the vocabulary's probabilities.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const dist = join(__dirname, '..', '..', 'dist', 'index.js');
const MIB = 32; // of the row

// Not resourceUsage().maxRSS, which a process inherits from the one that started it.
const program = (calls: string) => `
  const most = () =>
    Number(/VmHWM:\\s+(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1]);
  const { topK, sample, logSumExp, entropy, sumExp, softmax } = require(${JSON.stringify(dist)});
  const x = new Float32Array(${MIB * 2 ** 18});
  for (let i = 0; i < x.length; i++) x[i] = 8 * Math.sin(i);
  sample(x.subarray(0, 1000));
  const before = most();
  ${calls};
  console.log((most() - before) / 1024);`;

const mebibytes = (calls: string) =>
  Number(execFileSync(process.execPath, ['-e', program(calls)], { encoding: 'utf8' }));

it('a small part of a row', () => {
  const calls = `
    topK(x, 50);
    for (const temperature of [1, 'adaptive'])
      for (const topK of [0, 50])
        for (const topP of [1, 0.95])
          for (const minP of [0, 0.01]) sample(x, { temperature, topK, topP, minP });
    logSumExp(x), entropy(x), sumExp(x)`;
  expect(mebibytes(calls)).toBeLessThan(MIB / 2);
});

it('is seen where there is such an array', () => {
  expect(mebibytes('softmax(x)')).toBeGreaterThan(MIB / 2);
});
