// SPDX-License-Identifier: MIT
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { chain, type Op } from './onnx.js';

/**
 * A function that runs these nodes in onnxruntime-node, one after the other on one thread, from `x`
 * into `y`; with TopK as the last, the indices too. Its tensors are made once: what is left is the
 * call that a program makes for every row, `await session.run()`.
 */
export async function chainOf(
  ops: readonly Op[],
  x: Float32Array,
  shape: readonly number[],
  y: Float32Array,
  indices?: BigInt64Array,
): Promise<() => Promise<unknown>> {
  const k = (y.length * (shape.at(-1) ?? 0)) / x.length;
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const session = await InferenceSession.create(chain(ops, shape, k), options);
  const feeds = { x: new Tensor('float32', x, shape) };
  const outShape = [...shape.slice(0, -1), k];
  const fetches = {
    y: new Tensor('float32', y, outShape),
    ...(indices && { indices: new Tensor('int64', indices, outShape) }),
  };
  return () => session.run(feeds, fetches);
}
