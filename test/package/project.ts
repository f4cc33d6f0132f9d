// SPDX-License-Identifier: MIT
// The tarball, the tools to try it with, and folders of people who install it.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root: string = join(__dirname, '..', '..');
export const here: string = __dirname;
export const release: string = join(root, 'build-package');
export const { name, version } = json(join(root, 'package.json'));
export const tarball: string = join(release, `${name}-${version}.tgz`);

export function json(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

const tool = (...path: string[]): string => join(here, 'node_modules', ...path);

export const nodes: readonly string[] = json(join(root, '.ci', 'platforms.json')).nodeVersions;
export const node = (release: string): string => tool(`node-${release}`, 'bin', 'node');
export const bun: string = tool('@oven', 'bun-linux-x64', 'bin', 'bun');
export const deno: string = tool('@deno', 'linux-x64-glibc', 'deno');
export const pnpm: readonly string[] = [node('22'), tool('pnpm', 'bin', 'pnpm.cjs')];
export const yarn: readonly string[] = [node('22'), tool('@yarnpkg', 'cli-dist', 'bin', 'yarn.js')];
export const bin = (command: string): string => tool('.bin', command);

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command printed; an error with everything it said, if it failed. */
export function run(cwd: string, [command = '', ...args]: readonly string[], env?: Environment) {
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8' } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status === 0) return stdout;
  throw error ?? new Error(`${command} ${args.join(' ')}: ${status}\n${stdout}${stderr}`);
}

/** What a folder's package.json asks for, once: npm writes the inner lock file as its last act. */
export function installTools(folder: string): void {
  const lock = join(folder, 'package-lock.json');
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  run(folder, ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}

/** A new folder, away from the tree and its node_modules; the setup removes it. */
export function newFolder(): string {
  return mkdtempSync(join(process.env['TPS_FOLDER'] ?? tmpdir(), 'try-'));
}

/** An empty folder with the programs of app/ and nothing installed. */
export function emptyProject(): string {
  const folder = newFolder();
  cpSync(join(here, 'app'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  return folder;
}

/** The environment of somebody with Node, npm and a shell, and no compiler, network or settings. */
export function bareEnvironment(folder: string): Environment {
  const path = join(folder, '.bin');
  mkdirSync(path);
  const found = (command: string) =>
    run(folder, ['sh', '-c', `realpath "$(command -v ${command})"`]).trim();
  for (const command of ['npm', 'sh', 'env']) symlinkSync(found(command), join(path, command));
  symlinkSync(process.execPath, join(path, 'node'));
  const npm = Object.keys(process.env).filter((key) => /^npm_/i.test(key));
  return {
    ...Object.fromEntries(npm.map((key) => [key, undefined])),
    PATH: path,
    HOME: folder,
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_offline: 'true',
  };
}

/** The same with the tarball installed, by npm. */
export function project(): string {
  const folder = emptyProject();
  const env = bareEnvironment(folder);
  run(folder, ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], env);
  return folder;
}
