// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate, Sampler } from '../../../bench/examples/transformers.mjs';
import { softmax } from '../../../lib/index.js';
import { logits } from '../../lib/reference.js';
import { words, writeModel } from './tiny_model.js';

const n = words.length;
const table = logits(n * n, 3).map((x, i) => (i % n < 2 ? Number.NEGATIVE_INFINITY : x));
const rowAfter = (word: number) => table.subarray(n * word, n * word + n);
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tiny-model-'));
  writeModel(folder, table);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a Sampler in generate()', () => {
  const indexOf = (text: string) => text.split(' ').map((word) => words.indexOf(word));

  it('writes the words that it has drawn', async () => {
    const { text, steps } = await generate(folder, 'the cat', { seed: 1 }, 8);
    const [first, second, ...written] = indexOf(text);
    expect([first, second].map((i = -1) => words[i])).toEqual(['the', 'cat']);
    expect(written).toEqual(steps.map(({ drawn }) => drawn.index[0]));
    expect(written).toHaveLength(8);
  });

  it('draws each from the distribution after the word before', async () => {
    const { text, steps } = await generate(folder, 'dog', { temperature: 0.5, seed: 2 }, 6);
    const written = indexOf(text);
    for (const [i, { drawn, likeliest }] of steps.entries()) {
      const row = rowAfter(written[i] as number);
      const probabilities = softmax(row, { temperature: 0.5 });
      const next = written[i + 1] as number;
      expect(drawn.probability[0]).toBeCloseTo(probabilities[next] as number, 6);
      const order = [...row.keys()].sort((a, b) => (row[b] as number) - (row[a] as number));
      expect([...likeliest.indices]).toEqual(order.slice(0, 3));
    }
  });

  it('filters as it is told, and depends on the seed alone', async () => {
    const write = async (options: object) => (await generate(folder, 'the', options, 12)).text;
    const likeliest = await write({ temperature: 0 });
    expect(await write({ topP: 1e-6, seed: 1 })).toBe(likeliest);
    expect(await write({ topK: 1 })).toBe(likeliest);
    expect(await write({ minP: 1 })).toBe(likeliest);
    const texts = await Promise.all([3, 4, 3, 4].map((seed) => write({ temperature: 9, seed })));
    expect(texts.slice(0, 2)).toEqual(texts.slice(2));
    expect(texts[0]).not.toBe(texts[1]);
    const anything = await write({ temperature: 1e6, seed: 5 }); // equally likely: never one draw for all
    expect(new Set(indexOf(anything)).size).toBeGreaterThan(3);
  });
});

it('leaves one token of every row of a batch, in the tensor that came', () => {
  const data = table.slice(0, 3 * n);
  const tensor = { data, dims: [3, n] };
  const sampler = new Sampler({ seed: 6 });
  expect(sampler([], tensor)).toBe(tensor);
  const [step] = sampler.steps;
  for (let row = 0; row < 3; row++) {
    const left = [...data.subarray(row * n, row * n + n).entries()].filter(([, x]) => x === 0);
    expect(left.map(([token]) => token)).toEqual([step?.drawn.index[row]]);
  }
  expect(data.filter((x) => x === Number.NEGATIVE_INFINITY)).toHaveLength(3 * (n - 1));
});

it('runs from the command line', () => {
  const file = join(__dirname, '../../../bench/examples/transformers.mjs');
  const output = execFileSync(process.execPath, [file, folder, 'the', 'cat'], { encoding: 'utf8' });
  const [text, , ...steps] = output.trimEnd().split('\n');
  expect(text).toMatch(/^the cat( \w+){20}$/);
  expect(steps).toHaveLength(20);
  for (const step of steps) expect(step).toMatch(/^\w+ [01]\.\d{3}, of (\w+ 0\.\d{3}(, |$)){3}/);
});
