// SPDX-License-Identifier: MIT
// The picture of a report for the README, light and dark: `npm run screenshot -- x.json picture`
// writes picture.png and picture-dark.png, of the head of the page and its first two figures.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { parseResult } from '../cli/schema.js';
import { launch } from './chromium.js';
import { writeReport } from './report.js';

const WIDTH = 1000;
const LARGEST = 150_000; // bytes: a README loads quickly

async function main(file: string, picture: string): Promise<void> {
  const result = parseResult(await readFile(file, 'utf8'));
  const folder = await mkdtemp(join(tmpdir(), 'screenshot-'));
  const browser = await launch();
  try {
    const report = await writeReport(join(folder, basename(file)), result, resolve('dist/report'));
    for (const [colorScheme, suffix] of [['light', ''] as const, ['dark', '-dark'] as const]) {
      const context = await browser.newContext({
        viewport: { width: WIDTH, height: 900 },
        deviceScaleFactor: 1.5,
        colorScheme,
      });
      const page = await context.newPage();
      await page.goto(pathToFileURL(report).href);
      const path = `${picture}${suffix}.png`;
      const full = join(folder, 'full.png');
      await page.screenshot({ path: full, fullPage: true, clip: await head(page) });
      await shrink(full, path);
      const { size } = await stat(path);
      process.stdout.write(`${path}: ${size} bytes\n`);
      if (size > LARGEST) throw new Error(`${path} is larger than ${LARGEST} bytes`);
    }
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
}

/** To a palette, a third of the size. */
function shrink(from: string, to: string): Promise<unknown> {
  const argv = ['--force', '--strip', '--nofs', '--output', to, '256', from];
  return promisify(execFile)('pngquant', argv).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new Error('no pngquant on the PATH; Debian has it as `apt-get install pngquant`')
      : error;
  });
}

/** Down to the end of the second figure, without notices and navigation, once all is drawn. */
async function head(page: Page) {
  await page.addStyleTag({ content: 'nav, details, figcaption, .notice { display: none }' });
  await page.locator('#effective .chart svg').last().waitFor();
  await page.locator('#speedup .chart svg').last().waitFor();
  const height = await page
    .locator('#speedup')
    .evaluate((one) => one.getBoundingClientRect().bottom);
  return { x: 0, y: 0, width: WIDTH, height: height + 24 };
}

const [file, picture] = process.argv.slice(2);
if (file === undefined || picture === undefined) {
  process.stderr.write('Usage: npm run screenshot -- <x.json> <picture without .png>\n');
  process.exitCode = 2;
} else {
  main(file, picture).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  });
}
