// SPDX-License-Identifier: MIT
// What the linker made of it, on Linux x64: where vector instructions lie, what is exported, what a
// system must offer, how the binary is hardened. Needs a build and binutils.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  disassemble,
  isas,
  type Kernel,
  kernels as loops,
  mainLoop,
} from '../../bench/node/kernel_loops.js';

const build = join(__dirname, '..', '..', 'build');
const addon = join(build, 'Release', 'two-pass-softmax.node');

// What Node 20 itself asks of a system.
const newest = { GLIBC: '2.28', GLIBCXX: '3.4.21', CXXABI: '1.3.9' };
const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const helpers = ['__stack_chk_fail', 'memcpy', 'memmove', 'memset'];

const tool = (name: string, ...args: string[]) =>
  execFileSync(name, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });

const objects = readdirSync(join(build, 'CMakeFiles'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(core|addon|kernels_\w+)\.dir\/.*\.o$/.test(file))
  .map((file) => ({ file, path: join(build, 'CMakeFiles', file) }));
const kernels = objects.filter(({ file }) => file.startsWith('kernels_'));
const vectorKernels = kernels.filter(({ file }) => !file.startsWith('kernels_scalar.'));
const baseline = objects.filter((object) => !vectorKernels.includes(object));

interface Instruction {
  readonly address: number;
  readonly text: string;
}

/** Those with a VEX or EVEX prefix, after segment and address-size prefixes. */
function vectorInstructions(path: string): Instruction[] {
  const line = /^ *([0-9a-f]+):\t(?:(?:2e|36|3e|26|64|65|67) )*(?:c4|c5|62) .*$/gm;
  return [...tool('objdump', '-dw', path).matchAll(line)].map(([text, address = '']) => ({
    address: Number.parseInt(address, 16),
    text,
  }));
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** The functions that came from kernel files: local symbols follow the name of their file. */
function kernelFunctions(): Range[] {
  const ranges: Range[] = [];
  let file = '';
  for (const line of tool('readelf', '-sW', addon).split('\n')) {
    const [, value = '', size = '', type, bind, , , name = ''] = line.trim().split(/\s+/);
    if (type === 'FILE') file = name;
    if (type !== 'FUNC' || bind !== 'LOCAL' || file !== 'kernels.cc') continue;
    const from = Number.parseInt(value, 16);
    ranges.push({ from, to: from + Number(size) });
  }
  return ranges;
}

describe('vector instructions', () => {
  it('are what these checks look for', () => {
    expect(vectorKernels.length).toBeGreaterThan(0);
    for (const { path } of vectorKernels) {
      expect(vectorInstructions(path).length).toBeGreaterThan(1000);
    }
  });

  it.each(baseline)('are not in $file', ({ path }) => {
    expect(vectorInstructions(path)).toEqual([]);
  });

  it('of the addon lie in kernels', () => {
    const ranges = kernelFunctions();
    const inside = ({ address }: Instruction) =>
      ranges.some(({ from, to }) => from <= address && address < to);
    expect(vectorInstructions(addon).filter((found) => !inside(found))).toEqual([]);
  });
});

describe.each(kernels)('$file', ({ file, path }) => {
  const [isa] = /(?<=kernels_)\w+/.exec(file) ?? [];
  const symbols = tool('nm', '-g', path).trim().split('\n');
  const named = (type: RegExp) =>
    symbols.filter((line) => type.test(line.slice(17, 18))).map((line) => line.slice(19));

  it('gives one table and nothing else', () => {
    expect(named(/[^U]/)).toEqual([expect.stringContaining(`kKernels_${isa}`)]);
    expect(named(/[WVu]/)).toEqual([]);
  });

  it('takes nothing but memory functions', () => {
    expect(helpers).toEqual(expect.arrayContaining(named(/U/)));
  });
});

describe('the addon', () => {
  const dynamic = tool('readelf', '-dW', addon);
  const headers = tool('readelf', '-lW', addon);
  const symbols = tool('nm', '-D', '--with-symbol-versions', addon);

  it('exports the entry points of Node-API alone', () => {
    const exported = symbols.match(/(?<=^[0-9a-f]+ [^Uw] ).*$/gm);
    expect(exported?.sort()).toEqual(entryPoints);
  });

  it.each(Object.entries(newest))('needs no %s beyond %s', (library, limit) => {
    const versions = [...symbols.matchAll(new RegExp(`@${library}_([\\d.]+)`, 'g'))];
    const compare = new Intl.Collator('en', { numeric: true }).compare;
    const needed = [...new Set(versions.map(([, version = '']) => version))].sort(compare);
    expect(needed.length).toBeGreaterThan(0);
    expect(needed.filter((version) => compare(version, limit) > 0)).toEqual([]);
  });

  it('is linked to the C and C++ libraries alone', () => {
    expect(dynamic.match(/(?<=\(NEEDED\).*\[)[^\]]*/g)?.sort()).toEqual([
      'ld-linux-x86-64.so.2', // for thread-local variables
      'libc.so.6',
      'libstdc++.so.6',
    ]);
    expect(dynamic).not.toMatch(/RPATH|RUNPATH/);
  });

  it('has full RELRO, no executable stack, canaries, no text relocations', () => {
    expect(headers).toContain('GNU_RELRO');
    expect(dynamic).toMatch(/\(FLAGS\).*BIND_NOW/);
    expect(headers).toMatch(/GNU_STACK .* RW +0x/);
    expect(headers).not.toContain('RWE');
    expect(symbols).toContain('__stack_chk_fail');
    expect(dynamic).not.toContain('TEXTREL');
  });

  it('stays loaded: a worker may end while its threads run', () => {
    expect(dynamic).toContain('NODELETE');
  });
});

describe.each(isas)('the $isa kernels', ({ isa, lanes }) => {
  const object = kernels.find(({ file }) => file.startsWith(`kernels_${isa}.`));
  const functions = disassemble(object?.path ?? '');

  it.each(loops.map((kernel) => [kernel.name, kernel] as [string, Kernel]))(
    'have a main loop of %s, for npm run account',
    (_, kernel) => expect(mainLoop(functions, kernel, lanes)?.elements).toBeGreaterThanOrEqual(16),
  );
});
