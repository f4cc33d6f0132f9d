// SPDX-License-Identifier: MIT
// npm run release:ready: is what lies here a release? Lists everything that is missing; with
// --binaries, of the binaries alone; with --list, without failing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { platforms, prebuilt, root, version } from './platforms.mjs';

function missingBinaries() {
  const there = prebuilt();
  return platforms
    .filter(({ file }) => !there.includes(file))
    .map(({ name, file }) => `the binary for ${name}: ${file}`);
}

function missingEntry() {
  const headings = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').match(/^## .*$/gm) ?? [];
  const dated = headings.some((line) =>
    new RegExp(`^## ${version} \\(\\d{4}-\\d\\d-\\d\\d\\)$`).test(line),
  );
  return dated ? [] : [`a dated entry for ${version} in CHANGELOG.md`];
}

/** npm refuses provenance without it, and finds by it the README's links and pictures. */
function missingRepository() {
  const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return repository ? [] : ['the repository in package.json'];
}

function missingTag() {
  const { GITHUB_REF_TYPE: type, GITHUB_REF_NAME: name } = process.env;
  return type !== 'tag' || name === `v${version}` ? [] : [`the tag v${version}: this is ${name}`];
}

const missing = process.argv.includes('--binaries')
  ? missingBinaries()
  : [...missingBinaries(), ...missingEntry(), ...missingRepository(), ...missingTag()];
for (const line of missing) console.error(`missing: ${line}`);
if (missing.length > 0) process.exit(process.argv.includes('--list') ? 0 : 1);
console.log(`${version} is ready`);
