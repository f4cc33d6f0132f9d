// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as library from '../../lib/index.js';

const root = join(__dirname, '..', '..');
const names = [
  'cpu',
  'entropy',
  'logSoftmax',
  'logSoftmaxAsync',
  'logSumExp',
  'mergeSumExp',
  'sample',
  'sampleAsync',
  'softmax',
  'softmaxAsync',
  'softmaxFrom',
  'stableMax',
  'sumExp',
  'topK',
];

it('exports the public functions and nothing else', () => {
  expect(Object.keys(library).sort()).toEqual(names);
});

it('is one module for import and require', () => {
  const script = `
    import * as imported from 'two-pass-softmax';
    import { createRequire } from 'node:module';
    const required = createRequire(import.meta.url)('two-pass-softmax');
    const names = Object.keys(required);
    console.log(names.every((name) => imported[name] === required[name]), names.sort().join());`;
  // The package may name itself: this goes through the exports of package.json.
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(output).toBe(`true ${names.join()}\n`);
});
