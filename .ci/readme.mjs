// SPDX-License-Identifier: MIT
// npm run readme [-- --check] [README] [folder of results]: writes what is a list elsewhere into
// README.md: the platforms, and the results of the benchmark and of `npm run speed`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { nodeVersions, platforms, root } from './platforms.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
const [file = join(root, 'README.md'), folder = join(root, 'bench', 'results')] = positionals;

const row = (...cells) => `| ${cells.join(' | ')} |`;
const platformTable = [
  row('platform', 'system', 'kernels'),
  row('---', '---', '---'),
  ...platforms.map(({ name, system, kernels }) => row(`\`${name}\``, system, kernels.join(', '))),
  '',
  `Tested on Node ${nodeVersions.join(', ')}, Bun and Deno, from CommonJS and ESM, in workers and in bundles.`,
].join('\n');

/** The functions that make Markdown of results, from their TypeScript. */
async function writers() {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from './cli/readme.ts'; export * from './node/speed_markdown.ts';`,
      resolveDir: join(root, 'bench'),
    },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'warning' },
  });
  const [{ contents }] = outputFiles;
  return import(`data:text/javascript;base64,${Buffer.from(contents).toString('base64')}`);
}

/** The results in a folder, by name. */
function kept(where) {
  const names = existsSync(where) ? readdirSync(where) : [];
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(where, name), 'utf8') }));
}

const picture = existsSync(join(folder, 'report.png'))
  ? `<picture>
<source media="(prefers-color-scheme: dark)" srcset="bench/results/report-dark.png">
<img alt="A report: times by size, and the speed-up over three passes" src="bench/results/report.png">
</picture>

`
  : '';
const { resultsSection, speedSection } = await writers();

/** `text` with `content` between the comments that mark its region. */
function withRegion(text, name, content) {
  const begin = `<!-- ${name}: written by \`npm run readme\` -->\n`;
  const end = `<!-- /${name} -->\n`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} needs the lines ${begin}and ${end}`);
  return `${text.slice(0, from + begin.length)}${content}\n${text.slice(to)}`;
}

const before = readFileSync(file, 'utf8');
let text = before;
for (const [name, content] of Object.entries({
  speed: speedSection(kept(join(folder, 'node'))),
  results: `${picture}${resultsSection(kept(folder))}`,
  platforms: platformTable,
})) {
  const wanted = withRegion(text, name, content);
  if (values.check && wanted !== text) {
    console.error(`The ${name} in ${file} are out of date: npm run readme`);
    process.exitCode = 1;
  }
  text = wanted;
}
if (!values.check && text !== before) writeFileSync(file, text);
