// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { sampleText } from './rows.js';

const program = join(__dirname, '../../../dist/cli.js');

it('two-pass-softmax report x.json writes x.html beside it, with style and script inside', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'command-'));
  try {
    await writeFile(join(folder, 'x.json'), sampleText);
    const argv = [program, 'report', 'x.json'];
    const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: folder });
    expect(stdout).toBe('x.html\n');
    const page = await readFile(join(folder, 'x.html'), 'utf8');
    expect(page).toContain('prefers-color-scheme');
    expect(page).toContain('@observablehq/plot: Copyright');
  } finally {
    await rm(folder, { recursive: true });
  }
});
