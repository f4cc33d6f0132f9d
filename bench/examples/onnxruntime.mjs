// SPDX-License-Identifier: MIT
// The logits of an onnxruntime-node model as probabilities, in the memory they came in.
//
//   npm run build && npm run build:bench && node bench/examples/onnxruntime.mjs
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { softmax } from '../../dist/index.mjs';
import { chain } from '../dist/onnx.js';

/**
 * Nothing is allocated or copied: afterwards the tensor holds probabilities along `axis`.
 *
 * @param {Tensor} tensor - Of float32, with any number of dimensions.
 */
export function toProbabilities(tensor, axis = -1) {
  softmax(tensor.data, { out: tensor.data, shape: tensor.dims, axis });
  return tensor;
}

async function demonstrate() {
  // Stands for a model that ends in logits; its one node gives their logarithms away again.
  const session = await InferenceSession.create(chain(['LogSoftmax'], [2, 3]));
  const logits = Float32Array.of(1, 2, 3, 30, 20, 10);
  const { y } = await session.run({ x: new Tensor('float32', logits, [2, 3]) });
  console.log('logits       ', ...y.data);
  console.log('probabilities', ...toProbabilities(y).data);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await demonstrate();
