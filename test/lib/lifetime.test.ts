// SPDX-License-Identifier: MIT
// The short form of npm run test:lifetime and test:soak.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
// @ts-expect-error a program
import { run, scenarios } from '../lifetime/run.mjs';

describe('no signal and no leftover when', () => {
  it.each(scenarios as readonly string[])('%s', async (name) => {
    expect(await run(process.execPath, name)).toBe('');
  });
});

it('memory does not grow', () => {
  const file = join(__dirname, '..', 'lifetime', 'soak.mjs');
  process.stdout.write(execFileSync(process.execPath, ['--expose-gc', file, '50']));
});
