// SPDX-License-Identifier: MIT
// The accuracy table of the README: the largest error of each library, in float32 ULP of the exact
// result, by length and distribution. Everyone gets the same logits in the same run.
import '@tensorflow/tfjs-backend-wasm';
import * as transformers from '@huggingface/transformers';
import * as tf from '@tensorflow/tfjs-core';
import { softmax } from '../../dist/index.mjs';
import { softmaxNode } from './model.js';
import { maxUlp, reference } from './reference.js';

type Softmax = (logits: Float32Array) => Float32Array | Promise<Float32Array>;

async function onnxruntime(logits: Float32Array): Promise<Float32Array> {
  const result = new Float32Array(logits.length);
  const run = await softmaxNode(logits, result, [1, logits.length]);
  await run();
  return result;
}

async function tensorflow(logits: Float32Array): Promise<Float32Array> {
  const input = tf.tensor1d(logits);
  const output = tf.softmax(input);
  const result = await output.data();
  input.dispose();
  output.dispose();
  return result;
}

const libraries: Record<string, Softmax> = {
  'two-pass-softmax': (logits) => softmax(logits),
  'onnxruntime-node': onnxruntime,
  'tfjs-backend-wasm': tensorflow,
  'transformers.js': (logits) => transformers.softmax(logits),
};

let state = 1;
function uniform(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (state + 0.5) / 2 ** 32;
}
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

const distributions: Record<string, (i: number) => number> = {
  'N(0, 1)': normal,
  'N(0, 10)': () => 10 * normal(),
  'N(0, 30)': () => 30 * normal(),
  'uniform, -1000 to 1000': () => 2000 * uniform() - 1000,
  'all equal': () => 0.7,
  'N(0, 10) + 1e6': () => 10 * normal() + 1e6,
  'N(0, 10) - 1e6': () => 10 * normal() - 1e6,
  'one dominant': (i) => (i === 0 ? 40 : normal()),
  'geometric tail': (i) => -i / 100,
};

/** Three digits are enough; what is off by more than all digits of a float has none right. */
function show(ulp: number): string {
  if (!(ulp < 2 ** 24)) return 'wrong';
  return ulp < 100 ? ulp.toFixed(2) : Math.round(ulp).toLocaleString('en');
}

await tf.setBackend('wasm');
const names = Object.keys(libraries);
console.log(
  `| n | logits | ${names.join(' | ')} |\n| ---: | --- |${' ---: |'.repeat(names.length)}`,
);
for (const n of [10, 1000, 50257, 2 ** 20, 2 ** 22]) {
  for (const [distribution, draw] of Object.entries(distributions)) {
    const logits = Float32Array.from({ length: n }, (_, i) => draw(i));
    const exact = reference(logits, n);
    const cells: string[] = [];
    for (const run of Object.values(libraries)) cells.push(show(maxUlp(await run(logits), exact)));
    console.log(`| ${n.toLocaleString('en')} | ${distribution} | ${cells.join(' | ')} |`);
  }
}
