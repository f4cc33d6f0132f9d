// SPDX-License-Identifier: MIT
// Bundles what a report carries inside, style and script, into dist/report. The licences of what is
// bundled ask to travel along: they open the script.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const outdir = join(root, 'dist/report');

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { page: join(here, 'browser/page.ts') },
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  metafile: true,
  outdir,
});
await build({ entryPoints: [join(here, 'page.css')], minify: true, outdir });

/** Packages that share a licence word for word but for the copyright line share its text. */
function notices(inputs) {
  const folders = new Set(
    inputs.flatMap((input) => input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []),
  );
  const texts = new Map();
  for (const folder of [...folders].sort()) {
    const text = readFileSync(join(root, folder, 'LICENSE'), 'utf8').trim();
    const lines = text.split('\n').map((line) => line.trim());
    const owners = lines.filter((line) => /^copyright /i.test(line));
    const terms = lines.filter((line) => !/^copyright /i.test(line)).join('\n');
    const name = folder.replace(/^.*node_modules\//, '');
    texts.set(terms, [...(texts.get(terms) ?? []), `${name}: ${owners.join(', ')}`]);
  }
  return [...texts].map(([terms, names]) => `${names.join('\n')}\n\n${terms}`).join('\n\n');
}

const script = join(outdir, 'page.js');
const inside = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.keys(inputs).filter((input) => inputs[input].bytesInOutput > 0),
);
const licences = notices(inside).replaceAll('*/', '* /');
writeFileSync(script, `/*\n${licences}\n*/\n${readFileSync(script, 'utf8')}`);
