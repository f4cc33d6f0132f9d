// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bytes, digits, duration, size } from '../../../bench/report/format.js';
import { html } from '../../../bench/report/html.js';
import { inWords, notices, plainBrand } from '../../../bench/report/machine.js';
import { page } from '../../../bench/report/page.js';
import { writeReport } from '../../../bench/report/report.js';
import { STYLES } from '../../../bench/report/styles.js';
import { partial, resultOf, row, sample } from './rows.js';

const assets = { style: 'b{}', script: '"script"' };

describe('the page', () => {
  it('escapes whatever stands in the file', () => {
    const evil = '</script><img src=x onerror=alert(1)>';
    const { cpu } = sample.machine;
    const result = {
      ...sample,
      command: evil,
      warnings: [evil],
      goals: sample.goals.map((goal) => ({ ...goal, text: evil })),
      machine: { ...sample.machine, kernel: evil, cpu: { ...cpu, brand: evil } },
      rows: sample.rows.map((one) => ({ ...one, plan: evil })),
    };
    const text = page(result, assets);
    expect(text).not.toContain('<img');
    expect(text.match(/<\/script>/g)).toHaveLength(2);
  });

  it('allows its own script and nothing from elsewhere', () => {
    const text = page(sample, assets);
    const hash = createHash('sha256').update(assets.script).digest('base64');
    const policy = text.match(/Content-Security-Policy" content="([^"]*)"/)?.[1];
    expect(policy?.replaceAll('&#39;', "'").split('; ')).toEqual([
      "default-src 'none'",
      "style-src 'unsafe-inline'",
      `script-src 'sha256-${hash}'`,
      'img-src data:',
    ]);
    expect(text.match(/(?:src|href)="(?!#|data:)[^"]*/g)).toBeNull();
  });

  it('has a table for every chart', () => {
    const text = page(sample, assets);
    const charts = text.match(/data-chart=/g)?.length ?? 0;
    expect(charts).toBeGreaterThan(10);
    expect(text.match(/<caption>/g)).toHaveLength(charts);
  });

  it('says of figures without data that they were not measured', () => {
    expect(page(sample, assets)).not.toContain('Not measured in this run.');
    expect(page(partial, assets)).toContain('Not measured in this run.');
  });
});

describe('notices', () => {
  it('tell of an interruption and of failed checks, and repeat the warnings as sentences', () => {
    expect(notices({ ...partial, warnings: ['the machine is noisy'] })).toEqual([
      'This run was interrupted. What is here was measured and checked; the rest is missing.',
      'The machine is noisy.',
    ]);
    expect(notices(resultOf(row('auto', 1, { verified: false })))).toEqual([
      '1 row failed the check of the output and were left out.',
    ]);
  });
});

describe('writeReport', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'page.css'), 'b{}');
  writeFileSync(join(folder, 'page.js'), '1');

  it('writes beside the result, also where its name has another ending', async () => {
    expect(await writeReport(join(folder, 'a.json'), sample, folder)).toBe(join(folder, 'a.html'));
    expect(readFileSync(join(folder, 'a.html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect(await writeReport(join(folder, 'a.b'), sample, folder)).toBe(join(folder, 'a.html'));
  });

  it('does not overwrite what it reads', async () => {
    await expect(writeReport(join(folder, 'x.html'), sample, folder)).rejects.toThrow('x.html');
  });
});

describe('words and numbers', () => {
  it.each([
    [8, '8'],
    [1000, '10³'],
    [262144, '2¹⁸'],
    [3e8, '3·10⁸'],
    [151936, '151,936'],
  ])('writes the size %d as %s', (n, text) => expect(size(n)).toBe(text));

  it.each([
    [0, '0'],
    [0.123456, '0.123'],
    [1.5, '1.50'],
    [12345.6, '12,346'],
  ])('writes %d as %s', (value, text) => expect(digits(value)).toBe(text));

  it('chooses units', () => {
    expect([bytes(48 * 1024), bytes(480 * 2 ** 20), bytes(100)]).toEqual(
      ['48 KiB', '480 MiB', '100 B'].map((text) => text.replace(' ', '\u00a0')),
    );
    expect([duration(35.36), duration(103240000)]).toEqual(
      ['35.4 ns', '103 ms'].map((text) => text.replace(' ', '\u00a0')),
    );
  });

  it('tidies names', () => {
    expect(plainBrand('Intel(R) Xeon(R) CPU  @ 2.00GHz ')).toBe('Intel Xeon CPU @ 2.00GHz');
    expect(inWords('sapphire-rapids')).toBe('Sapphire Rapids');
    expect(inWords('zen-2')).toBe('Zen 2');
  });

  it('escapes text, but not what is HTML already', () => {
    expect(html`<p>${'a<b'}${html`<b>${'"'}</b>`}${['&', 1]}</p>`.text).toBe(
      '<p>a&lt;b<b>&quot;</b>&amp;1</p>',
    );
  });
});

describe('the colours', () => {
  const css = readFileSync(join(__dirname, '../../../bench/report/page.css'), 'utf8');
  const [light = '', dark = ''] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) => body);
  const colours = (body: string) =>
    new Map([...body.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name, value]) => [name, value]));

  const luminance = (colour = '') => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => {
      const channel = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string | undefined, b: string | undefined) => {
    const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (lighter + 0.05) / (darker + 0.05);
  };

  it.each([
    ['light', colours(light)],
    ['dark', colours(dark)],
  ])('stand out in the %s: text by 4.5, lines by 3', (_, all) => {
    const weak = (names: Iterable<string | undefined>, background: string, least: number) =>
      [...names].filter((name) => contrast(all.get(`${name}`), all.get(background)) < least);
    const text = ['ink', 'muted', 'accent', 'ours', 'paper'];
    const lines = Object.values(STYLES).map(({ colour }) => colour.match(/--([\w-]+)/)?.[1]);
    expect(weak(text, 'surface', 4.5)).toEqual([]);
    expect(weak(['ink'], 'notice', 4.5)).toEqual([]);
    expect(weak(lines, 'surface', 3)).toEqual([]);
    expect(weak(['roof', 'paper', 'ours'], 'beyond', 3)).toEqual([]);
  });
});
