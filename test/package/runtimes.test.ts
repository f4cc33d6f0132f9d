// SPDX-License-Identifier: MIT
// Installed without compiler, network or scripts, the package computes the same bits everywhere.
// Prints a table: runtime x module form.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../lib/index.js';
import {
  bin,
  bun,
  deno,
  emptyProject,
  here,
  node,
  nodes,
  pnpm,
  project,
  run,
  tarball,
  yarn,
} from './project.js';

const report: (of: typeof library) => string = createRequire(__filename)('./app/report.cjs');
const expected = `${report(library)}\n`;

const runtimes: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(nodes.map((version) => [`Node ${version}`, [node(version)]])),
  Bun: [bun],
  Deno: [deno, 'run', '--allow-all'],
};

const forms: Readonly<Record<string, string>> = {
  CommonJS: 'commonjs.cjs',
  ESM: 'esm.mjs',
  worker: 'worker.cjs',
  esbuild: 'esbuild/bundle.cjs',
  webpack: 'webpack/bundle.cjs',
};

/** What the README says of each bundler: leave the package out of the bundle. */
function bundle(folder: string): void {
  run(folder, [
    bin('esbuild'),
    'esm.mjs',
    '--bundle',
    '--platform=node',
    '--external:two-pass-softmax',
    '--outfile=esbuild/bundle.cjs',
    '--log-level=error',
  ]);
  run(folder, [node('22'), join(here, 'webpack.cjs')]);
}

const results = new Map<string, Map<string, string>>();

function expectResult(row: string, column: string, compute: () => string): void {
  const cells = results.get(row) ?? new Map<string, string>();
  results.set(row, cells.set(column, 'FAILED'));
  expect(compute()).toBe(expected);
  cells.set(column, 'ok');
}

afterAll(() => {
  const columns = [...new Set([...results.values()].flatMap((cells) => [...cells.keys()]))];
  const rows = [['', ...columns], ...[...results].map(([row, cells]) => cellsOf(row, cells))];
  function cellsOf(row: string, cells: Map<string, string>): string[] {
    return [row, ...columns.map((column) => cells.get(column) ?? '')];
  }
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(i === 0 ? 14 : 10)).join(''));
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
});

describe('installed by npm', () => {
  let folder: string;
  beforeAll(() => {
    folder = project();
    bundle(folder);
  });

  const cases = Object.keys(runtimes).flatMap((runtime) =>
    Object.keys(forms).map((form) => [runtime, form] as const),
  );
  it.each(cases)('%s computes from %s', (runtime, form) => {
    const command = [...(runtimes[runtime] ?? []), forms[form] ?? ''];
    expectResult(runtime, form, () => run(folder, command));
  });
});

describe('installed by other package managers', () => {
  const offline = { npm_config_registry: 'http://127.0.0.1:9/' };
  const modules = ['CommonJS', 'ESM', 'worker'];

  it('pnpm', () => {
    const folder = emptyProject();
    run(
      folder,
      [...pnpm, 'add', '--offline', '--store-dir', join(folder, '.store'), tarball],
      offline,
    );
    for (const form of modules) {
      expectResult('pnpm', form, () => run(folder, [node('22'), forms[form] ?? '']));
    }
  });

  it('Yarn Plug and Play', () => {
    const folder = emptyProject();
    const env = {
      YARN_ENABLE_NETWORK: 'false',
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      YARN_PNP_ENABLE_ESM_LOADER: 'true', // by itself only in packages of "type": "module"
      HOME: folder,
    };
    run(folder, [...yarn, 'init', '-y'], env);
    run(folder, [...yarn, 'add', `two-pass-softmax@file:${tarball}`], env);
    for (const form of modules) {
      expectResult('Yarn PnP', form, () => run(folder, [...yarn, 'node', forms[form] ?? ''], env));
    }
  });

  it('Bun', () => {
    const folder = emptyProject();
    run(folder, [bun, 'add', tarball], offline);
    for (const form of modules) {
      expectResult('bun add', form, () => run(folder, [bun, forms[form] ?? '']));
    }
  });
});
