// SPDX-License-Identifier: MIT
// Installs what the programs of bench/node run (the "dependencies" of bench/package.json), once;
// with the argument "peers" the libraries we compare with too.
// Without scripts: onnxruntime-node's would download a GPU library, its CPU one is in the package.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const peers = process.argv[2] === 'peers';
const SIZE = peers ? '560 MB' : '310 MB';
const folder = fileURLToPath(new URL('.', import.meta.url));

/** The packages a lock file lists, or none: npm writes the one in node_modules as its last act. */
function packages(file) {
  try {
    return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).packages;
  } catch {
    return {};
  }
}

function complete() {
  const installed = packages('node_modules/.package-lock.json');
  return Object.entries(packages('package-lock.json'))
    .filter(([path, { dev, optional }]) => path !== '' && (peers || !dev) && !optional)
    .every(([path, { integrity }]) => installed[path]?.integrity === integrity);
}

async function install() {
  const names = peers
    ? 'onnxruntime-node, tfjs and transformers.js'
    : 'a text recognition model, a font and onnxruntime-node';
  const what = `Installing ${names} (${SIZE}, once)`;
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const live = process.stdout.isTTY;
  process.stdout.write(live ? '' : `${what} ...\n`);
  const progress = live && setInterval(() => process.stdout.write(`\r${what} ${seconds()} s`), 500);

  const omit = peers ? '' : '--omit=dev --omit=optional ';
  const command = `npm ci --ignore-scripts ${omit}--no-audit --no-fund`;
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const npm = spawn(command, {
    cwd: folder,
    env,
    shell: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  npm.stderr.setEncoding('utf8').on('data', (text) => {
    complaints += text;
  });
  const [code] = await once(npm, 'close');
  clearInterval(progress);
  process.stdout.write(live ? `\r${what} ${seconds()} s\n` : '');
  if (code === 0 && complete()) return;

  const reasons = complaints.split('\n').filter((line) => !/^npm (warn|error {2,}at )/.test(line));
  console.error(reasons.slice(0, 8).join('\n').trim());
  console.error(
    `\nCould not install what this program needs: npm ended with code ${code}.\n` +
      `It takes npm on the PATH, an npm registry in reach and ${SIZE} of disk. To try by hand:\n` +
      `  cd ${folder} && ${command}`,
  );
  process.exitCode = 1;
}

if (!complete()) await install();
