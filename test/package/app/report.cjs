// SPDX-License-Identifier: MIT
// What a program sees of the library: its kernels, and the bits of a result.
const { createHash } = require('node:crypto');

module.exports = ({ softmax, cpu }) => {
  const logits = Float32Array.from({ length: 5000 }, (_, i) => ((i * 37) % 101) / 3);
  const bits = createHash('sha256').update(softmax(logits)).digest('hex');
  return JSON.stringify({ isa: cpu().isa, bits });
};
