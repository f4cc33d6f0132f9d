// SPDX-License-Identifier: MIT
// What a program sees of the library: its kernels, and the bits of every call's results.
const { createHash } = require('node:crypto');

const length = 5000;
const floats = Float32Array.from({ length }, (_, i) => ((i * 37) % 101) / 3);
const bits = Uint16Array.from({ length }, (_, i) => 0x3c00 + ((i * 37) % 701));
const inputs = [
  [floats, {}],
  [Float64Array.from(floats, (x) => x + 1e-9), {}],
  [bits, { dtype: 'float16' }],
  [bits, { dtype: 'bfloat16' }],
];
const layouts = [{}, { shape: [50, 100], temperature: 0.7 }, { shape: [50, 100], axis: 0 }];
const adaptive = { temperature: 'adaptive' };
const filters = [{}, { topK: 40 }, { topP: 0.8 }, { topK: 30, topP: 0.9, minP: 0.01, ...adaptive }];

module.exports = (library) => {
  const { cpu, softmax, softmaxFrom, sumExp, topK, sample } = library;
  const { logSoftmax, stableMax, logSumExp, entropy } = library;
  const calls = {
    softmax: (x, options) => [softmax(x, options), softmax(x, { ...options, ...adaptive })],
    logSoftmax,
    stableMax,
    logSumExp,
    entropy,
    sumExp,
    softmaxFrom: (x, options) => softmaxFrom(x, sumExp(x, options), options),
    topK: (x, options) => topK(x, 7, options),
    sample: (x, options) => filters.map((more) => sample(x, { ...options, ...more, seed: 5 })),
  };
  const hashes = Object.entries(calls).map(([name, call]) => {
    const results = inputs.flatMap(([x, dtype]) =>
      layouts.map((layout) => call(x, { ...layout, ...dtype })),
    );
    return [name, createHash('sha256').update(JSON.stringify(results)).digest('hex')];
  });
  return JSON.stringify({ isa: cpu().isa, bits: Object.fromEntries(hashes) });
};
