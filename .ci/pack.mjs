// SPDX-License-Identifier: MIT
// npm run pack: what a release consists of, in build-package/: the tarball, its bill of materials
// and the checksums of both and of every binary inside (`tar xf` it there, then `sha256sum -c`).
import { execSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageName, prebuilt, root, version } from './platforms.mjs';

const folder = 'build-package';
const tarball = `${packageName}-${version}.tgz`;
const materials = `${packageName}-${version}.cdx.json`;

// Nothing is installed with it, but these are inside: headers in the binaries, valibot in dist/cli.js.
const INSIDE = ['node-addon-api', 'node-api-headers', 'valibot'];

function billOfMaterials() {
  const bill = JSON.parse(execSync('npm sbom --sbom-format cyclonedx --package-lock-only'));
  const { component } = bill.metadata;
  component.name = packageName; // npm has the folder's name
  bill.components = bill.components.filter(({ name }) => INSIDE.includes(name));
  const parts = bill.components.map((part) => part['bom-ref']);
  bill.dependencies = [{ ref: component['bom-ref'], dependsOn: parts }];
  return bill;
}

process.chdir(root);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
execSync(`npm pack --silent --pack-destination ${folder}`, {
  stdio: ['ignore', 'ignore', 'inherit'],
});
writeFileSync(join(folder, materials), JSON.stringify(billOfMaterials(), undefined, 2));

const sum = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
const lines = [
  ...[tarball, materials].map((name) => [sum(join(folder, name)), name]),
  ...prebuilt().map((path) => [sum(path), `package/${path}`]),
];
writeFileSync(join(folder, 'SHA256SUMS'), lines.map((line) => `${line.join('  ')}\n`).join(''));
console.log(`${folder}/${tarball}, with ${prebuilt().length} binaries`);
