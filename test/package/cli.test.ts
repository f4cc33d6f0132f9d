// SPDX-License-Identifier: MIT
// The program as people get it: from the tarball, in a folder with nothing else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseResult } from '../../bench/cli/schema.js';
import { bareEnvironment, newFolder, run, tarball } from './project.js';

it('measures and reports with nothing but the package installed', () => {
  const folder = newFolder();
  const env = bareEnvironment(folder);
  run(folder, ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], env);
  const npx = (...argv: string[]) =>
    run(folder, ['npm', 'exec', '--offline', '--', 'two-pass-softmax', ...argv], env);

  const short = ['--sizes', '64,2^20', '--seconds', '0.02', '--sweeps', '2'];
  const said = npx('bench', ...short, '--json', 'out.json');
  expect(said).toContain('nanoseconds per element');
  const { complete, rows } = parseResult(readFileSync(join(folder, 'out.json'), 'utf8'));
  expect(complete).toBe(true);
  expect(rows.filter(({ verified }) => !verified)).toEqual([]);

  expect(npx('report', 'out.json')).toBe('out.html\n');
  const page = readFileSync(join(folder, 'out.html'), 'utf8');
  expect(page).toMatch(/^<!doctype html>/i);
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//); // all is inside
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(
    ['two-pass-softmax'],
  );
});
