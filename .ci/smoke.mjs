// SPDX-License-Identifier: MIT
// npm run smoke -- <npm|pnpm|yarn|bun|deno>: installs the packed tarball in an empty folder with
// that manager and computes there, from CommonJS, from an ES module and in a worker.
import { execSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './platforms.mjs';

const MANAGERS = {
  npm: { add: (tarball) => `npm install ${tarball}`, run: 'node' },
  pnpm: { add: (tarball) => `pnpm add ${tarball}`, run: 'node' },
  yarn: { add: (tarball) => `yarn add two-pass-softmax@file:${tarball}`, run: 'yarn node' },
  bun: { add: (tarball) => `bun add ${tarball}`, run: 'bun' },
  // Deno installs no tarballs, and runs what npm has installed.
  deno: { add: (tarball) => `npm install ${tarball}`, run: 'deno run -A' },
};

const name = process.argv[2];
const manager = MANAGERS[name];
if (!manager) throw new Error(`Expected one of ${Object.keys(MANAGERS)}, got ${name}`);
const release = join(root, 'build-package');
const tarball = readdirSync(release).find((file) => file.endsWith('.tgz'));
if (!tarball) throw new Error('No tarball: npm run pack');

const folder = mkdtempSync(join(tmpdir(), 'two-pass-softmax-'));
const run = (command) => execSync(command, { cwd: folder, encoding: 'utf8', stdio: 'pipe', env });
const env = { ...process.env, YARN_PNP_ENABLE_ESM_LOADER: 'true' };
cpSync(join(root, 'test', 'package', 'app'), folder, { recursive: true });
cpSync(join(release, tarball), join(folder, tarball));
writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
writeFileSync(join(folder, 'yarn.lock'), ''); // a project of its own
run(manager.add(`./${tarball}`));
for (const form of ['commonjs.cjs', 'esm.mjs', 'worker.cjs']) {
  console.log(`${name} ${form} ${run(`${manager.run} ${form}`).trim()}`);
}
rmSync(folder, { recursive: true });
