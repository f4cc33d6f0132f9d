// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseResult } from '../../../bench/cli/schema.js';
import { elements } from '../../../lib/dtypes.js';

const text = readFileSync(join(__dirname, 'sample.json'), 'utf8');

it('reads a result', () => {
  expect(parseResult(text)).toEqual(JSON.parse(text));
});

it.each(elements)('reads rows of %s', (dtype) => {
  const result = JSON.parse(text);
  result.rows[0].dtype = dtype;
  expect(parseResult(JSON.stringify(result)).rows[0]?.dtype).toBe(dtype);
});

it('refuses a type that it does not know', () => {
  const result = JSON.parse(text);
  result.rows[2].dtype = 'float8';
  expect(() => parseResult(JSON.stringify(result))).toThrow('rows.2.dtype: ');
});

it.each([
  ['another format', 'format', { format: 'else' }],
  ['a later version', 'version', { version: 2 }],
  ['no rows', 'rows', { rows: undefined }],
  ['an unknown field', 'extra', { extra: 1 }],
  ['a date that is none', 'started', { started: 'yesterday' }],
])('refuses %s and says where', (_, where, change) => {
  const changed = JSON.stringify({ ...JSON.parse(text), ...change });
  expect(() => parseResult(changed)).toThrow(`${where}: `);
});

it('refuses a time of zero, deep inside', () => {
  const result = JSON.parse(text);
  result.rows[3].time.median = 0;
  expect(() => parseResult(JSON.stringify(result))).toThrow('rows.3.time.median');
});
