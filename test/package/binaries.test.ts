// SPDX-License-Identifier: MIT
// Every binary in prebuilds/: hardened, small, for old systems, and open at one door only.
import { cpSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { json, newFolder, root, run } from './project.js';

const MOST_BYTES = 400_000;
// mingw-w64 links the C++ library statically; what is published is built with MSVC.
const MOST_BYTES_STATIC = 520_000;
const NEWEST = { GLIBC: '2.28', GLIBCXX: '3.4.21', CXXABI: '1.3.9' };
const DOORS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const LIBRARIES =
  /^(libstdc\+\+\.so\.6|libm\.so\.6|libc\.so\.6|libpthread\.so\.0|libgcc_s\.so\.1|ld-linux-(aarch64\.so\.1|x86-64\.so\.2))$/;

const { platforms } = json(join(root, '.ci', 'platforms.json')) as {
  platforms: { name: string }[];
};
const folder = join(root, 'prebuilds');
const binaries = (readdirSync(folder, { recursive: true }) as string[]).filter((file) =>
  file.endsWith('.node'),
);
const linux = binaries.filter((file) => file.startsWith('linux-'));
const elf = (tool: string, option: string, file: string): string =>
  run(folder, [tool, option, '--wide', file]);

/** 2.9 is older than 2.28. */
function newer(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) > 0;
}

it('stands where the loader looks, for a platform of the list', () => {
  const known = platforms.map(({ name }) => {
    const [platform, arch, libc] = name.split('-');
    return `${platform}-${arch}/${['two-pass-softmax', libc, 'node'].filter(Boolean).join('.')}`;
  });
  expect(binaries.filter((file) => !known.includes(file))).toEqual([]);
  expect(linux).not.toEqual([]);
});

it.each(binaries)('%s is small', (file) => {
  const most = file.startsWith('win32-') ? MOST_BYTES_STATIC : MOST_BYTES;
  expect(statSync(join(folder, file)).size).toBeLessThan(most);
});

describe.each(linux)('%s', (file) => {
  it('is open at the entries of Node-API only', () => {
    const symbols = run(folder, ['nm', '-D', '--defined-only', file]).trim().split('\n');
    expect(symbols.map((line) => line.split(' ').at(-1)).sort()).toEqual(DOORS);
  });

  it('asks for nothing newer than the oldest Node does', () => {
    const versions = elf('readelf', '--version-info', file).matchAll(
      /\b(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g,
    );
    const asked = [...versions].map(([, library, version]) => [library, version] as const);
    expect(asked.length).toBeGreaterThan(0);
    const tooNew = asked.filter(([library, version]) =>
      newer(version ?? '', NEWEST[library as keyof typeof NEWEST]),
    );
    expect(tooNew).toEqual([]);
    const needed = [...elf('readelf', '--dynamic', file).matchAll(/\(NEEDED\).*\[(.*)\]/g)];
    expect(
      needed.map(([, library]) => library).filter((name) => !LIBRARIES.test(name ?? '')),
    ).toEqual([]);
  });

  it('is hardened: full RELRO, stack canaries, no executable stack, no run path', () => {
    const segments = elf('readelf', '--segments', file);
    expect(segments).toMatch(/GNU_RELRO/);
    expect(segments).toMatch(/GNU_STACK .* RW +0x/);
    expect(segments).not.toMatch(/ RWE /);
    const dynamic = elf('readelf', '--dynamic', file);
    expect(dynamic).toMatch(/FLAGS.*BIND_NOW/);
    expect(dynamic).toMatch(/FLAGS_1.*NODELETE/);
    expect(dynamic).not.toMatch(/RPATH|RUNPATH|TEXTREL/);
    expect(elf('readelf', '--dyn-syms', file)).toMatch(/__stack_chk_fail/);
  });

  it('is stripped and tells no path of the machine that built it', () => {
    expect(elf('readelf', '--sections', file)).not.toMatch(/\.symtab|\.debug/);
    expect(run(folder, ['strings', '-a', file])).not.toMatch(/^\/(?!lib)\S*\/\S+/m);
  });
});

it('has the same bytes whoever builds it, wherever', () => {
  const elsewhere = join(newFolder(), 'a longer', 'path');
  const parts = ['.ci', 'native', 'CMakeLists.txt', 'package.json'];
  for (const part of parts) cpSync(join(root, part), join(elsewhere, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(elsewhere, 'node_modules'));
  run(elsewhere, ['node', '.ci/prebuildify.mjs']);
  const [built] = (
    readdirSync(join(elsewhere, 'prebuilds'), { recursive: true }) as string[]
  ).filter((file) => file.endsWith('.node'));
  expect(binaries).toContain(built);
  run(root, ['cmp', join(folder, built ?? ''), join(elsewhere, 'prebuilds', built ?? '')]);
});
