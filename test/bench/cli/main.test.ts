// SPDX-License-Identifier: MIT
// The program as it is published: dist/cli.js.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseResult } from '../../../bench/cli/schema.js';

const program = join(__dirname, '..', '..', '..', 'dist', 'cli.js');
const sample = join(__dirname, 'sample.json');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'two-pass-softmax-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function start(...argv: string[]) {
  const child = spawn(process.execPath, [program, ...argv], { cwd: folder });
  const said = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.error += text;
  });
  const done = once(child, 'close').then(([code]) => ({ code, ...said }));
  return { child, said, done };
}
const run = (...argv: string[]) => start(...argv).done;

it.each([[[]], [['--help']], [['-h']], [['help']]])('%j prints the help', async (argv) => {
  const { code, out, error } = await run(...argv);
  expect([code, error]).toEqual([0, '']);
  for (const command of ['info', 'bench', 'compare']) expect(out).toContain(command);
});

it('prints its version', async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));
  expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, error: '' });
});

it('says that there is no binary, and does without one what it can', async () => {
  mkdirSync(join(folder, 'dist'));
  const alone = join(folder, 'dist', 'cli.js');
  copyFileSync(program, alone);
  const call = (...argv: string[]) =>
    spawnSync(process.execPath, [alone, ...argv], { encoding: 'utf8' });
  for (const command of ['info', 'bench', 'tune']) {
    const { status, stdout, stderr } = call(command);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^two-pass-softmax: expected a binary/);
    expect(stderr).not.toMatch(/^ +at /m); // no stack
  }
  expect(call('--help').status).toBe(0);
  expect(call('compare', sample, sample).status).toBe(0);
});

it('prints the options of bench', async () => {
  const { code, out } = await run('bench', '--help');
  expect(code).toBe(0);
  expect(out).toContain('--quick');
});

it.each(['info', 'bench', 'tune', 'compare', 'report'])('prints how to use %s', async (name) => {
  for (const argv of [
    [name, '--help'],
    [name, '-h'],
    ['help', name],
  ]) {
    const { code, out, error } = await run(...argv);
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^Usage: two-pass-softmax ${name}`));
  }
});

it.each([
  [['fly'], "there is no command 'fly'"],
  [['constructor'], "there is no command 'constructor'"],
  [['info', 'more'], 'expected no arguments, received 1'],
  [['compare', 'a.json'], 'expected a.json and b.json, received 1'],
  [['bench', '--fast'], "Unknown option '--fast'"],
  [['bench', '--fast'], 'Try two-pass-softmax bench --help.'],
  [['help', 'fly'], 'Try two-pass-softmax --help.'],
  [['bench', '--json', 'nowhere/out.json'], 'there is no folder nowhere'],
  [['bench', '--json', '.'], '--json: . is a folder'],
])('%j is wrong usage', async (argv, message) => {
  const { code, out, error } = await run(...argv);
  expect([code, out]).toEqual([2, '']);
  expect(error).toContain(message);
  expect(error).toContain('--help');
});

it('ends in peace when its reader has seen enough', async () => {
  const { child, done } = start('compare', sample, sample);
  child.stdout.destroy();
  const { code, error } = await done;
  expect([code, error]).toEqual([0, '']);
});

it('fails with a message, and no stack, where the disk is full', () => {
  if (!existsSync('/dev/full')) return expect(process.platform).not.toBe('linux');
  const full = openSync('/dev/full', 'w');
  const stdio = ['ignore', full, 'pipe'] as const;
  const { status, stderr } = spawnSync(process.execPath, [program, 'info'], { stdio: [...stdio] });
  closeSync(full);
  expect(status).toBe(1);
  expect(String(stderr)).toMatch(/^two-pass-softmax: ENOSPC: .*\n$/);
});

it('describes the machine', async () => {
  const { code, out } = await run('info');
  expect(code).toBe(0);
  expect(out).toMatch(/^microarchitecture +\S/m);
  expect(out).toMatch(/1 x 151,936 +\w+, .*1 thread/);
});

describe('compare', () => {
  it('compares files', async () => {
    const { code, out } = await run('compare', sample, sample);
    expect(code).toBe(0);
    expect(out).toContain('0 faster, 0 slower');
  });
  it.each([
    ['is missing', undefined, 'no such file'],
    ['is no JSON', '{', 'JSON'],
    ['is of another kind', '{}', 'format'],
  ])('fails where a file %s', async (_, text, message) => {
    const file = join(folder, 'other.json');
    rmSync(file, { force: true });
    if (text !== undefined) writeFileSync(file, text);
    const { code, error } = await run('compare', sample, file);
    expect(code).toBe(1);
    expect(error).toContain('other.json');
    expect(error).toContain(message);
  });
});

describe('bench', () => {
  const short = ['bench', '--sizes', '64,1000', '--series', 'sizes', '--json', 'out.json'];
  const result = () => parseResult(readFileSync(join(folder, 'out.json'), 'utf8'));

  it('measures, prints and stores', { timeout: 600_000 }, async () => {
    const { code, out, error } = await run(...short, '--seconds', '0.02', '--isas', 'scalar');
    expect(code, error).toBe(0);
    expect(out).toContain('One row, scalar, 1 thread: nanoseconds per element');
    expect(out).toContain('not measured here');
    const { complete, rows, command, goals } = result();
    expect(complete).toBe(true);
    expect(command).toContain('--sizes 64,1000');
    expect(new Set(rows.map(({ n }) => n))).toEqual(new Set([64, 1000]));
    expect(new Set(rows.map(({ dtype }) => dtype))).toEqual(new Set(['float32']));
    expect(goals.length).toBeGreaterThan(10);
    expect(error).toContain('0 %: sizes, n = 64');
  });

  it('measures every type', { timeout: 600_000 }, async () => {
    const { code, out, error } = await run(
      ...short,
      ...['--seconds', '0.02', '--isas', 'scalar', '--algorithms', 'auto,online'],
      ...['--dtypes', 'float64,float32,bfloat16,float16'],
    );
    expect(code, error).toBe(0);
    expect(out).toContain('One row, scalar, float64, 1 thread: nanoseconds per element');
    expect(out).toContain('auto by type, scalar, 1 thread');
    const algorithms = result().rows.filter(({ kind }) => kind === 'algorithm');
    expect(algorithms.map(({ n, dtype, name }) => [n, dtype, name].join(' ')).sort()).toEqual(
      ['1000', '64']
        .flatMap((n) => [
          ...['bfloat16', 'float16', 'float32', 'float64'].map((dtype) => `${n} ${dtype} auto`),
          `${n} float32 online`,
        ])
        .sort(),
    );
  });

  it.each(['float32', 'float16,float64'])(
    'leaves a valid file of %s when interrupted',
    { timeout: 600_000 },
    async (dtypes) => {
      rmSync(join(folder, 'out.json'), { force: true });
      const { child, said, done } = start(
        ...short,
        ...['--seconds', '3000', '--sweeps', '100', '--dtypes', dtypes],
      );
      await expect.poll(() => said.error, { timeout: 200_000 }).toContain('0 %');
      await new Promise((resolve) => setTimeout(resolve, 500));
      child.kill('SIGINT');
      const { code } = await done;
      expect(code).toBe(130);
      expect(existsSync(join(folder, 'out.json'))).toBe(true);
      const { complete, rows } = result();
      expect(complete).toBe(false);
      expect(rows.length).toBeGreaterThan(0);
      for (const { dtype, verified } of rows) {
        expect(verified).toBe(true);
        expect(dtypes.split(',')).toContain(dtype);
      }
    },
  );
});
