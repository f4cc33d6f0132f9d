// SPDX-License-Identifier: MIT
// Reports as readers have them: opened from disk in a browser, light and dark, wide and narrow.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Result as AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../../bench/cli/schema.js';
import { launch } from '../../../bench/report/chromium.js';
import { writeReport } from '../../../bench/report/report.js';
import { partial, sample, typed } from './rows.js';

const ASSETS = join(__dirname, '../../../dist/report');
const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

const WIDE = { width: 1200, height: 900 };
const READERS: Record<string, BrowserContextOptions> = {
  light: { viewport: WIDE, colorScheme: 'light' },
  dark: { viewport: WIDE, colorScheme: 'dark' },
  phone: { viewport: { width: 375, height: 700 }, colorScheme: 'light', hasTouch: true },
  'dark phone': { viewport: { width: 375, height: 700 }, colorScheme: 'dark', hasTouch: true },
};

let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Opened {
  page: Page;
  said: string[]; // on the console, errors included
  asked: string[]; // of the network or the disk, beyond the page itself
}

async function open(result: Result, options?: BrowserContextOptions): Promise<Opened> {
  const file = await writeReport(join(folder, 'result.json'), result, ASSETS);
  const page = await (await browser.newContext(options)).newPage();
  const said: string[] = [];
  const asked: string[] = [];
  const url = pathToFileURL(file).href;
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) asked.push(request.url());
  });
  await page.goto(url);
  return { page, said, asked };
}

/** What each chart has drawn: how many lines and dots that take up room. */
const drawn = (page: Page) =>
  page.locator('.chart').evaluateAll((charts) =>
    charts.map((chart) => {
      const marks = [...chart.querySelectorAll('svg .line path, svg .line circle')];
      return marks.filter((mark) => {
        const { width, height } = mark.getBoundingClientRect();
        return width + height > 2;
      }).length;
    }),
  );

const unfold = (page: Page) =>
  page.locator('details').evaluateAll((all) => all.map((one) => one.setAttribute('open', '')));

const luminance = (page: Page) =>
  page.evaluate(() => {
    const channels = getComputedStyle(document.body).backgroundColor.match(/\d+/g) ?? [];
    return channels.slice(0, 3).reduce((sum, channel) => sum + Number(channel) / 765, 0);
  });

describe.each([
  ['whole', sample],
  ['partial', partial],
  ['typed', typed],
])('a %s report', (_, result) => {
  it.each(Object.entries(READERS))('opens in the %s', async (name, options) => {
    const { page, said, asked } = await open(result, options);
    await expect.poll(() => drawn(page).then((charts) => Math.min(...charts))).toBeGreaterThan(3);
    const tables = await page.locator('details table').count();
    expect(await page.locator('.chart').count()).toBe(tables);
    await unfold(page);
    expect(await page.locator('details table').last().isVisible()).toBe(true);

    const room = page.viewportSize()?.width ?? 0;
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(room);
    if (name.includes('dark')) expect(await luminance(page)).toBeLessThan(0.2);
    else expect(await luminance(page)).toBeGreaterThan(0.9);
    expect(said).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each(Object.entries(READERS))('is accessible in the %s', async (_, options) => {
    const { page } = await open(result, options);
    await unfold(page);
    await page.evaluate(AXE);
    const found: AxeResults[] = await page.evaluate('axe.run().then((r) => r.violations)');
    expect(found.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  });
});

it('draws every point of every type, in one row and in short ones', async () => {
  const { page } = await open(typed, READERS['light']);
  const filled = await page
    .locator('#types table')
    .evaluateAll((tables) =>
      tables.map(
        (one) => [...one.querySelectorAll('td')].filter((cell) => cell.textContent !== '–').length,
      ),
    );
  expect(filled.length).toBeGreaterThan(2);
  const circles = () =>
    page
      .locator('#types .chart')
      .evaluateAll((charts) => charts.map((one) => one.querySelectorAll('.line circle').length));
  await expect.poll(circles).toEqual(filled);
});

describe('a reader', () => {
  it('redraws at another width', async () => {
    const { page } = await open(sample, READERS['light']);
    await page.setViewportSize({ width: 375, height: 700 });
    const width = () =>
      page
        .locator('.chart svg')
        .first()
        .evaluate((svg) => svg.getBoundingClientRect().width);
    await expect.poll(width).toBeLessThan(375);
  });

  it('brings out a line by keyboard, and lets it go again', async () => {
    const { page } = await open(sample, READERS['light']);
    const opacity = (style: string) =>
      page
        .locator(`#effective .line-${style}`)
        .first()
        .evaluate((line) => Number(getComputedStyle(line).opacity));
    await page.locator('#effective button[data-style="auto"]').focus();
    await page.keyboard.press('Enter');
    expect([await opacity('auto'), (await opacity('online')) < 0.5]).toEqual([1, true]);
    await page.keyboard.press('Enter');
    expect([await opacity('auto'), await opacity('online')]).toEqual([1, 1]);
  });

  it('points at a chart and learns what is there', async () => {
    const { page } = await open(sample, READERS['light']);
    const dot = page.locator('#time .line-auto circle').nth(3);
    await dot.hover({ force: true });
    await expect
      .poll(() => page.locator('#time .chart').first().textContent())
      .toContain('n = 32,768');
  });

  it('without scripts still has every number', async () => {
    const { page } = await open(sample, { javaScriptEnabled: false });
    expect(await page.locator('noscript').textContent()).toContain('tables');
    expect(await page.locator('details table').count()).toBeGreaterThan(10);
  });
});
