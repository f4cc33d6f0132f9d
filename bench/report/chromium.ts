// SPDX-License-Identifier: MIT
// A Chromium to look at reports with: the one CHROMIUM names, or the first on the PATH.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function find(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found =
    process.env['CHROMIUM'] ??
    folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(runs);
  if (found !== undefined) return found;
  throw new Error(
    `Reports are looked at with Chromium, and none of ${NAMES.join(', ')} is on the PATH. ` +
      'Debian has it as `apt-get install chromium`; CHROMIUM can name one elsewhere.',
  );
}

/** Chromium refuses its sandbox to root. Each launch has a profile of its own. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: find(),
    args: process.getuid?.() === 0 ? ['--no-sandbox', ...ARGUMENTS] : ARGUMENTS,
  });
