// SPDX-License-Identifier: MIT
// Prints who the processor is and a hash of what softmax() returns: sizes around the blocks and
// vectors, every form, every isa that runs here.
import { createHash } from 'node:crypto';
import { cpu, softmax } from '../../dist/index.mjs';

const lengths = [1, 7, 16, 31, 100, 1000, 1023, 1024, 1025, 3000, 20001];
const algorithms = ['auto', 'two-pass', 'two-pass-reload'];
const { isa, isas, microarchitecture } = cpu();

function logits(length, range) {
  let state = length;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * range;
  });
}

const outputs = new Set();
for (const isa of isas) {
  for (const algorithm of algorithms) {
    const hash = createHash('sha256');
    for (const length of lengths) {
      for (const range of [1, 30, 1000, 1e6, 3e38]) {
        const x = logits(length, range);
        hash.update(softmax(x, { isa, algorithm }));
        hash.update(softmax(x, { isa, algorithm, temperature: 0.7 }));
      }
    }
    outputs.add(hash.digest('hex'));
  }
}
console.log(JSON.stringify({ isa, microarchitecture, outputs: [...outputs] }));
