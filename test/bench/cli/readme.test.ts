// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { markdown, resultsSection } from '../../../bench/cli/readme.js';
import { parseResult, type Row } from '../../../bench/cli/schema.js';
import { row } from './rows.js';

const text = readFileSync(join(__dirname, 'sample.json'), 'utf8');
const sample = parseResult(text);
const result = (...rows: Row[]) => ({ ...sample, rows, goals: [] });

it('renders the table of the README from verified rows of the chosen kernels', () => {
  const n = 2 ** 20;
  const rows = [
    row({ n, dtype: 'float16' }, 1),
    row({ n }, n / 2),
    row({ n, name: 'paper-two-pass' }, n * 0.8),
    row({ n, name: 'three-pass-recompute' }, n * 1.2),
    row({ n, name: 'three-pass-reload' }, n),
    row({ n, isa: 'avx2' }, 1),
    row({ n: 64 }, 64), // without rivals
  ];
  const table = markdown(result(...rows)).split('\n');
  expect(table.filter((line) => line.startsWith('| '))).toEqual([
    expect.stringContaining('speed-up'),
    expect.stringContaining('---:'),
    '| 1,048,576 | 0.500 | 0.800 | 1.00 | 2.00x |',
  ]);
  expect(table.join('\n')).toContain(`(${sample.machine.cpu.microarchitecture})`);
});

it('counts the goals that were measured', () => {
  const goal = { id: 'a', text: 'first', unit: 'x', target: 2, value: 2.5, reached: true } as const;
  const goals = [
    goal,
    { ...goal, text: 'second', value: 1.5, reached: false },
    { ...goal, text: 'third', value: null, reached: null },
  ];
  const page = markdown({ ...sample, goals });
  expect(page).toContain('Goals: 1 of 2 reached');
  expect(page).toContain('| second | 2.00x | 1.50x | NOT REACHED |');
  expect(page).not.toContain('third');
});

const named = (microarchitecture: string, change: object = {}) => ({
  name: `${microarchitecture}.json`,
  text: JSON.stringify({
    ...sample,
    machine: { ...sample.machine, cpu: { ...sample.machine.cpu, microarchitecture } },
    ...change,
  }),
});

it('shows every result that is kept', () => {
  const section = resultsSection([named('broadwell'), named('zen-2')]);
  expect(section.match(/\(\S+\), avx512, one thread/g)).toEqual([
    '(broadwell), avx512, one thread',
    '(zen-2), avx512, one thread',
  ]);
  expect(resultsSection([])).toContain('npm run bench');
});

it.each([
  [
    'a wrong name',
    { ...named('zen-2'), name: 'zen-3.json' },
    'zen-3.json: its name must be zen-2.json',
  ],
  ['an interrupted run', named('zen-2', { complete: false }), 'zen-2.json: it was interrupted'],
  ['another version', named('zen-2', { version: 2 }), 'not a result of version 1'],
])('refuses %s', (_, file, message) => {
  expect(() => resultsSection([file])).toThrow(message);
});
