// SPDX-License-Identifier: MIT
// npm run readme [-- --check]: writes the table of platforms into README.md, from the list.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeVersions, platforms, root } from './platforms.mjs';

const BEGIN = '<!-- platforms: written by `npm run readme` -->\n';
const END = '<!-- /platforms -->\n';

const row = (...cells) => `| ${cells.join(' | ')} |`;
const table = [
  row('platform', 'system', 'kernels'),
  row('---', '---', '---'),
  ...platforms.map(({ name, system, kernels }) => row(`\`${name}\``, system, kernels.join(', '))),
  '',
  `Tested on Node ${nodeVersions.join(', ')}, Bun and Deno, from CommonJS and ESM, in workers and in bundles.`,
];

const file = join(root, 'README.md');
const text = readFileSync(file, 'utf8');
const begin = text.indexOf(BEGIN);
const end = text.indexOf(END);
if (begin < 0 || end < begin) throw new Error(`README.md needs the lines ${BEGIN}and ${END}`);
const wanted = `${text.slice(0, begin + BEGIN.length)}${table.join('\n')}\n${text.slice(end)}`;

if (process.argv.includes('--check')) {
  if (text === wanted) process.exit(0);
  console.error('The table of platforms in README.md is out of date: npm run readme');
  process.exit(1);
}
writeFileSync(file, wanted);
