// SPDX-License-Identifier: MIT
// Where no binary fits, one error says what was looked for and how to build from source; and what
// it says works.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { emptyProject, name, run, tarball } from './project.js';

const complain = `
  try { require('${name}'); } catch (error) { console.log(JSON.stringify([error.code, error.message])); }`;

let folder: string;
beforeAll(() => {
  folder = emptyProject();
  run(folder, ['npm', 'install', '--no-audit', '--no-fund', tarball]);
  rmSync(join(folder, 'node_modules', name, 'prebuilds'), { recursive: true });
});

function complaint(): readonly [code: string, message: string] {
  return JSON.parse(run(folder, ['node', '-e', complain]));
}

it('says once what it looked for, where, and what to do', () => {
  const [code, message] = complaint();
  const installed = join(folder, 'node_modules', name);
  expect(code).toBe('ERR_NO_BINARY');
  expect(message).toMatch(new RegExp(`${process.platform}-${process.arch}, (glibc|musl)`));
  expect(message).toContain(join(installed, 'build', 'Release', `${name}.node (no such file)`));
  expect(message).toContain(join(installed, 'prebuilds', `${process.platform}-${process.arch}`));
});

it('builds from source by the two commands of the message', () => {
  const [, message] = complaint();
  const commands = message.split('\n').slice(1);
  expect(commands).toHaveLength(2);
  // Without settings of this machine's npm: they may name a folder with Node's headers.
  const env = { npm_config_userconfig: join(folder, 'none'), npm_config_nodedir: undefined };
  for (const command of commands) run(folder, ['sh', '-c', command], env);
  expect(run(folder, ['node', 'commonjs.cjs'])).toMatch(/^\{"isa":/);
});
