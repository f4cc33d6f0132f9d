// SPDX-License-Identifier: MIT
// Stands in for node-gyp: prebuildify runs it in a build folder as `<platform> rebuild --arch=...`
// and takes build/Release/*.node from there. Builds the addon alone, by cmake-js.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { host, platformsNamed, root } from './platforms.mjs';

const SYSTEMS = { linux: 'Linux', win32: 'Windows' };
const PROCESSORS = { x64: 'x86_64', arm64: 'aarch64' };

const [target] = platformsNamed([process.argv[2]]);
const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
const options = ['--CDTPS_TESTS=OFF'];
if (host?.name !== target.name) {
  const { cross, platform, arch } = target;
  if (!cross) throw new Error(`${target.name} can only be built on its own kind of machine`);
  options.push(
    `--CDCMAKE_SYSTEM_NAME=${SYSTEMS[platform]}`,
    `--CDCMAKE_SYSTEM_PROCESSOR=${PROCESSORS[arch]}`,
    `--CDCMAKE_CXX_COMPILER=${cross.compiler}`,
    '--CDCMAKE_RUNTIME_OUTPUT_DIRECTORY=Release', // of a DLL
  );
}
const built = spawnSync(
  process.execPath,
  [
    cmakeJs,
    'rebuild',
    '-l',
    'warn',
    '-d',
    root,
    '-O',
    join(process.cwd(), 'build'),
    '-a',
    target.arch,
    ...options,
  ],
  { stdio: 'inherit' },
);
process.exit(built.status ?? 1);
