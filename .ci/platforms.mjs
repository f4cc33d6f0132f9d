// SPDX-License-Identifier: MIT
// The platforms that binaries exist for, from the one list of them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const { name: packageName, version } = readJson('package.json');
const list = readJson('.ci/platforms.json');

/** What users may run, oldest first. */
export const nodeVersions = list.nodeVersions;

/** Each with platform, arch and libc as Node and our loader name them, and the file to load. */
export const platforms = list.platforms.map((row) => {
  const [platform, arch, libc] = row.name.split('-');
  const file = [packageName, ...(libc ? [libc] : []), 'node'].join('.');
  return { ...row, platform, arch, libc, file: `prebuilds/${platform}-${arch}/${file}` };
});

const musl = process.report.getReport().header.glibcVersionRuntime === undefined;
const libc = process.platform === 'linux' ? [musl ? 'musl' : 'glibc'] : [];
const here = [process.platform, process.arch, ...libc].join('-');

export const host = platforms.find(({ name }) => name === here);

export function platformsNamed(names) {
  return names.map((name) => {
    const found = platforms.find((row) => row.name === name);
    if (found) return found;
    const known = platforms.map((row) => row.name).join(', ');
    throw new Error(`Expected a platform (${known}), got ${name}`);
  });
}

/** The binaries that are there, as paths from the root. */
export function prebuilt() {
  const folder = join(root, 'prebuilds');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((path) => `prebuilds/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.node'))
    .sort();
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
