// SPDX-License-Identifier: MIT
// npm run prebuildify [-- <platform> ...]: builds and strips the binaries of this platform, or of
// those named, into prebuilds/. Each has a build folder of its own, so that a cross build leaves
// build/ alone.
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';
import prebuildify from 'prebuildify';
import { host, packageName, platformsNamed, root } from './platforms.mjs';

process.chdir(root);
const names = process.argv.slice(2);
const wanted = names.length > 0 ? platformsNamed(names) : [host];
if (wanted.includes(undefined)) throw new Error('This platform is not in .ci/platforms.json');

for (const { name, platform, arch, libc, cross } of wanted) {
  const folder = `build-${name}`;
  mkdirSync(folder, { recursive: true });
  await promisify(prebuildify)({
    napi: true,
    platform,
    arch,
    tagLibc: libc,
    strip: platform !== 'win32', // linked without symbols; strip would write the time into it
    stripBin: (name !== host?.name && cross?.strip) || 'strip',
    name: packageName,
    cwd: folder,
    out: '.',
    // What it runs in place of node-gyp, there: two words, so through a shell.
    nodeGyp: `node ../.ci/node-gyp.mjs ${name}`,
    shell: true,
  });
}
