// SPDX-License-Identifier: MIT
// Before the tests: the tools of test/package/package.json, once, and a fresh tarball.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { here, installTools, root, run } from './project.js';

const folder = mkdtempSync(join(tmpdir(), 'two-pass-softmax-'));

export function setup(): void {
  process.env['TPS_FOLDER'] = folder;
  installTools(here);
  run(root, ['node', '.ci/pack.mjs']);
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
