// SPDX-License-Identifier: MIT
// Reads a line of text with PP-OCRv4 and says how sure it is of every character. The probabilities
// of 6,625 classes are never written: topK reads the logits once.
//
//   npm run build && npm run build:bench && node bench/examples/ocr.mjs A line of text
import { fileURLToPath } from 'node:url';
import { topK } from '../../dist/index.mjs';
import { recognise } from '../dist/model.js';
import { draw } from '../dist/picture.js';

/**
 * Greedy CTC decoding: one time step after the other, the likeliest class; what repeats is one
 * character, and class 0 separates.
 *
 * @param {Float32Array} logits
 * @param {readonly [steps: number, classes: number]} shape
 * @param {readonly string[]} classes
 * @returns {{ character: string, confidence: number, instead: string }[]} Of the
 * step where it is surest; `instead` is the second likeliest class there.
 */
export function decode(logits, shape, classes) {
  const { indices, probabilities } = topK(logits, 2, { shape });
  const read = [];
  let previous = 0;
  for (let step = 0; step < shape[0]; step++) {
    const [best, second] = indices.subarray(2 * step);
    const confidence = probabilities[2 * step];
    const last = read.at(-1);
    if (best !== 0 && best !== previous) {
      read.push({ character: classes[best], confidence, instead: classes[second] });
    } else if (best !== 0 && confidence > last.confidence) {
      Object.assign(last, { confidence, instead: classes[second] });
    }
    previous = best;
  }
  return read;
}

async function demonstrate(text) {
  const { logits, shape, classes } = await recognise(await draw(text));
  for (const { character, confidence, instead } of decode(logits, shape, classes)) {
    const other = instead === '' ? 'nothing' : instead;
    console.log(`${character}  ${(100 * confidence).toFixed(1)} %, or ${other}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await demonstrate(process.argv.slice(2).join(' ') || 'Two-Pass Softmax 2026');
}
