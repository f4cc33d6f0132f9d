// SPDX-License-Identifier: MIT
// npm run test:lifetime: every scenario 100 times on Node 20, 22 and 24; `-- 5` for 5 times.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('scenarios.cjs', import.meta.url));
const tools = fileURLToPath(new URL('../package/', import.meta.url));
export const scenarios = createRequire(import.meta.url)('./scenarios.cjs');

/** How a scenario ended: '' if well. */
export function run(node, name) {
  const child = spawn(node, ['--expose-gc', file, name], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (text) => (said += text));
  child.stderr.on('data', (text) => (said += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 && /^(ok\n)?$/.test(said) ? '' : `${signal ?? code}: ${said}`);
    });
  });
}

async function main(times) {
  let failed = 0;
  const installed = ['20', '22', '24'].map(
    (version) => `${tools}node_modules/node-${version}/bin/node`,
  );
  if (!installed.every(existsSync)) {
    spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit'], { cwd: tools, stdio: 'inherit' });
  }
  for (const node of installed) {
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    for (const name of scenarios) {
      const results = [];
      let left = times;
      const lane = async () => {
        while (left-- > 0) results.push(await run(node, name));
      };
      await Promise.all([lane(), lane()]);
      const bad = results.filter((result) => result !== '');
      failed += bad.length;
      console.log(
        `${version}  ${name}: ${results.length} runs, ${bad.length} failed ${bad[0] ?? ''}`,
      );
    }
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(Number(process.argv[2] ?? 100));
