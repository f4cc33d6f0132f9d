// SPDX-License-Identifier: MIT
// `report x.json`: writes x.html beside it.
import { readFile, writeFile } from 'node:fs/promises';
import { format, join, parse } from 'node:path';
import type { Result } from '../cli/schema.js';
import { page } from './page.js';

/** The path written. `assets` is the folder that build.mjs has filled. */
export async function writeReport(file: string, result: Result, assets: string): Promise<string> {
  const { dir, name, ext } = parse(file);
  if (ext === '.html') throw new Error(`${file}: expected a result of bench, not a report`);
  const target = format({ dir, name, ext: '.html' });
  const asset = (name: string) => readFile(join(assets, name), 'utf8');
  const [style, script] = [await asset('page.css'), await asset('page.js')];
  await writeFile(target, page(result, { style, script }));
  return target;
}
