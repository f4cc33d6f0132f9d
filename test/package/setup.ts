// SPDX-License-Identifier: MIT
// Before the tests: the tools of test/package/package.json, once, and a fresh tarball.
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { here, root, run } from './project.js';

const folder = mkdtempSync(join(tmpdir(), 'two-pass-softmax-'));

export function setup(): void {
  process.env['TPS_FOLDER'] = folder;
  const lock = join(here, 'package-lock.json');
  const installed = join(here, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
    run(here, ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  }
  run(root, ['node', '.ci/pack.mjs']);
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
