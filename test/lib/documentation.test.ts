// SPDX-License-Identifier: MIT
// The doc comments are the manual: every public function says what goes in, what comes out, what it
// throws, and shows itself.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as library from '../../lib/index.js';

const folder = join(__dirname, '..', '..', 'lib');
const source = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(folder, file), 'utf8'))
  .join('\n');

/** The comment right before the first overload, and the names of all parameters. */
function documentation(name: string): { comment: string; parameters: string[] } {
  const start = source.search(new RegExp(`^export (async )?function ${name}[<(]`, 'm'));
  const before = source.slice(0, start).trimEnd();
  const comment = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : '';
  const [, list = ''] = /\(([\s\S]*?)\): [^=]*?[;{]$/m.exec(source.slice(start)) ?? [];
  return { comment, parameters: [...list.matchAll(/(\w+)\??:/g)].map(([, name = '']) => name) };
}

describe.each(Object.keys(library))('%s', (name) => {
  const { comment, parameters } = documentation(name);

  it('says what it does in its first sentence', () => {
    expect(comment).toMatch(/^\/\*\*\n \* \S.*/);
  });

  it('says what each parameter is', () => {
    for (const parameter of parameters) expect(comment).toContain(` * @param ${parameter} - `);
    expect(comment.match(/@param/g) ?? []).toHaveLength(parameters.length);
  });

  it('says what it returns and throws', () => {
    expect(comment).toMatch(/^ \* @returns \S/m);
    expect(comment).toMatch(/^ \* @throws \S|Never throws\./m);
  });

  it('shows itself in an example', () => {
    const [, example = ''] = comment.split('@example');
    expect(example).toContain(`${name}(`);
  });
});

it('sees the parameters of a function', () => {
  expect(documentation('topK').parameters).toEqual(['input', 'k', 'options']);
  expect(documentation('mergeSumExp').parameters).toEqual(['sums']);
});
