// SPDX-License-Identifier: MIT
// npm run accuracy [-- logSoftmax]: the accuracy table of the README, the largest error of each
// library in float32 ULP of the exact result, by length and distribution. Everyone gets the same
// logits in the same run.
import { libraries } from './libraries.js';
import { normal, uniform } from './random.js';
import { maxUlp, reference, referenceLog } from './reference.js';

const PEERS = ['two-pass-softmax', 'onnxruntime-node', 'tfjs-wasm', 'transformers.js'] as const;
const call = process.argv[2] === 'logSoftmax' ? 'logSoftmax' : 'softmax';

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

/** Logarithms of probabilities are not. */
const positive = (value: number) => (call === 'softmax' ? value : -value);

/** Three digits are enough; what is off by more than all digits of a float has none right. */
function show(ulp: number): string {
  if (!(ulp < 2 ** 24)) return 'wrong';
  return ulp < 100 ? ulp.toFixed(2) : Math.round(ulp).toLocaleString('en');
}

console.log(
  `| n | logits | ${PEERS.join(' | ')} |\n| ---: | --- |${' ---: |'.repeat(PEERS.length)}`,
);
for (const n of [10, 1000, 50257, 2 ** 20, 2 ** 22]) {
  for (const [distribution, draw] of Object.entries(distributions)) {
    const x = Float32Array.from({ length: n }, (_, i) => draw(i));
    const exact = call === 'softmax' ? reference(x, n) : referenceLog(x);
    const row = { x, out: new Float32Array(n), k: 1 };
    const cells: string[] = [];
    for (const name of PEERS) {
      const made = await libraries[name][call]?.(row);
      if (!made) throw new Error(`${name} has no ${call}`);
      const result = await made.result();
      cells.push(show(maxUlp(result.map(positive), exact.map(positive))));
      made.free?.();
    }
    console.log(`| ${n.toLocaleString('en')} | ${distribution} | ${cells.join(' | ')} |`);
  }
}
