// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Calls that a program makes by turns, each until it is compiled, with numbers of several kinds. */
const program = `
  const { sample, softmax } = require(${JSON.stringify(join(__dirname, '../../dist'))});
  const x = Float32Array.of(1, 2, 3, 4), out = new Float32Array(4);
  const calls = [
    () => softmax(x, { out, temperature: 0.7 }),
    () => sample(x),
    () => sample(x, { temperature: 0.7, topK: 4, topP: 0.95, threads: 1 }),
    () => sample(x, { temperature: 0, seed: 2 ** 40 }),
  ];
  for (let turn = 0; turn < 40; turn++)
    for (const call of calls) for (let i = 0; i < 2500; i++) call();`;

it('are not of such a form that V8 compiles their readers for ever', () => {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const told = execFileSync(process.execPath, ['--trace-deopt', '-e', program], options);
  expect(told.match(/bailout/g)?.length ?? 0).toBeLessThan(30);
});
