// SPDX-License-Identifier: MIT
// What is published: the files, the types, and the papers beside it.
import { appendFileSync, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { bin, json, name, newFolder, release, root, run, tarball, version } from './project.js';

let folder: string;
beforeAll(() => {
  folder = newFolder();
  cpSync(release, folder, { recursive: true });
  run(folder, ['tar', 'xf', tarball]);
});

const files = () =>
  readdirSync(join(folder, 'package'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, 'package/').length));

it('holds what is needed to run and to build from source, and nothing else', () => {
  const areas = new Set(files().map((file) => file.split('/')[0]));
  const expected = ['CHANGELOG.md', 'CMakeLists.txt', 'LICENSE', 'README.md', 'SECURITY.md'];
  const folders = ['dist', 'native', 'package.json', 'prebuilds'];
  expect([...areas].sort()).toEqual([...expected, ...folders]);
  expect(files().filter((file) => /test|\.map$|tsbuildinfo|\.tgz$/.test(file))).toEqual([]);
  expect(files().filter((file) => file.startsWith('prebuilds/')).length).toBeGreaterThan(0);
});

it('runs nothing when it is installed and needs no other package', () => {
  const manifest = json(join(folder, 'package', 'package.json'));
  const lifecycle = ['preinstall', 'install', 'postinstall', 'prepare'];
  expect(lifecycle.filter((script) => script in manifest.scripts)).toEqual([]);
  const kinds = ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies'];
  expect(kinds.filter((kind) => kind in manifest)).toEqual([]);
  expect(files()).not.toContain('binding.gyp'); // npm would compile by it
});

it('is right for every resolver: publint and arethetypeswrong', () => {
  run(root, [join(root, 'node_modules', '.bin', 'publint'), tarball, '--strict']);
  // A copy: it removes what it has looked at.
  run(folder, [bin('attw'), join(folder, `${name}-${version}.tgz`), '--no-color']);
});

it('has checksums that hold, and that notice a change', () => {
  cpSync(tarball, join(folder, `${name}-${version}.tgz`));
  const check = ['sha256sum', '--check', '--strict', 'SHA256SUMS'];
  const lines = run(folder, check).trim().split('\n');
  const binaries = files().filter((file) => file.endsWith('.node'));
  const expected = [`${name}-${version}.tgz`, `${name}-${version}.cdx.json`];
  expect(lines.map((line) => line.replace(/: OK$/, '')).sort()).toEqual(
    [...expected, ...binaries.map((file) => `package/${file}`)].sort(),
  );
  appendFileSync(join(folder, 'package', binaries[0] ?? ''), 'x');
  expect(() => run(folder, check)).toThrow(/FAILED/);
});

it('has a bill of materials: itself, and what is compiled and bundled into it', () => {
  const bill = json(join(release, `${name}-${version}.cdx.json`));
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: expect.any(String) });
  expect(bill.metadata.component).toMatchObject({
    name,
    version,
    purl: `pkg:npm/${name}@${version}`,
  });
  const { packages } = json(join(root, 'package-lock.json'));
  const parts = ['node-addon-api', 'node-api-headers', 'valibot'].map((part) => ({
    name: part,
    version: packages[`node_modules/${part}`].version,
    hashes: [expect.objectContaining({ alg: 'SHA-512' })],
    licenses: [{ license: { id: 'MIT' } }],
  }));
  expect(bill.components).toEqual(parts.map((part) => expect.objectContaining(part)));
});
