// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(__dirname, '..', '..');
const original = join(root, 'README.md');
const sample = join(root, 'test', 'bench', 'cli', 'sample.json'); // of a sapphire-rapids
const run = (...argv: string[]) => {
  const script = join(root, '.ci', 'readme.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, ...argv], { encoding: 'utf8' });
  return { status, said: stderr };
};

let folder: string;
let readme: string;
let results: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
  readme = join(folder, 'README.md');
  results = join(folder, 'results');
  mkdirSync(results);
});
afterAll(() => rmSync(folder, { recursive: true }));

it('README.md shows what the lists and the results say', () => {
  expect(run('--check')).toEqual({ status: 0, said: '' });
});

it('finds a README that shows something else, and puts it right', () => {
  const right = readFileSync(original, 'utf8');
  const wrong = right.replace('| `linux-x64-musl` |', '| `linux-x86-musl` |');
  expect(wrong).not.toBe(right);
  writeFileSync(readme, wrong);
  const { status, said } = run('--check', readme);
  expect([status, said]).toEqual([1, expect.stringContaining('The platforms in')]);
  expect(readFileSync(readme, 'utf8')).toBe(wrong);
  expect(run(readme)).toEqual({ status: 0, said: '' });
  expect(readFileSync(readme, 'utf8')).toBe(right);
});

it('shows the results of a folder', () => {
  copyFileSync(original, readme);
  const kept = join(results, 'sapphire-rapids.json');
  copyFileSync(sample, kept);
  const { status, said } = run('--check', readme, results);
  expect([status, said]).toEqual([1, expect.stringContaining('The results in')]);
  expect(run(readme, results)).toEqual({ status: 0, said: '' });
  const shown = readFileSync(readme, 'utf8');
  expect(shown).toContain('(sapphire-rapids), avx512, one thread');
  expect(shown).not.toContain('<picture>');
  expect(run('--check', readme, results)).toEqual({ status: 0, said: '' });

  writeFileSync(join(results, 'report.png'), '');
  expect(run('--check', readme, results).status).toBe(1);
  expect(run(readme, results).status).toBe(0);
  expect(readFileSync(readme, 'utf8')).toContain('src="bench/results/report.png"');

  writeFileSync(kept, readFileSync(sample, 'utf8').replace('sapphire-rapids', 'zen-4'));
  expect(run('--check', readme, results).said).toContain('its name must be zen-4.json');
});
