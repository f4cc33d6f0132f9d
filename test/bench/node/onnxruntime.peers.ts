// SPDX-License-Identifier: MIT
// Our results beside those of onnxruntime-node's nodes, whose own errors reach 100 ULP.
import { describe, expect, it } from 'vitest';
import { chainOf } from '../../../bench/node/onnxruntime.js';
import { logSoftmax, softmax, topK } from '../../../lib/index.js';
import { logits } from '../../lib/reference.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const maps = [
  ['Softmax', softmax],
  ['LogSoftmax', logSoftmax],
] as const;

/** Of the value, or of 1 where a logarithm is close to 0; the same NaN and infinities. */
function expectClose(ours: Float32Array, theirs: Float32Array, most = 1e-5): void {
  expect(ours).toHaveLength(theirs.length);
  const far = ours.findIndex((y, i) => {
    const want = theirs[i] as number;
    const unit = Math.max(Math.abs(want), want < 0 ? 1 : 1e-30);
    return !(Object.is(y, want) || Math.abs(y - want) / unit < most);
  });
  if (far >= 0) expect([far, ours[far]]).toEqual([far, theirs[far]]);
}

describe.each(maps)('%s', (op, call) => {
  it.each([
    [[1, 1], 5],
    [[7, 3], 20],
    [[3, 1000], 1],
    [[3, 1000], 40],
    [[2, 50257], 10],
    [[1, 151936], 10],
  ])('of rows of shape %j within %i', async (shape, range) => {
    const [rows = 0, n = 0] = shape;
    const x = logits(rows * n, range);
    const y = new Float32Array(x.length);
    await (await chainOf([op], x, shape, y))();
    expectClose(call(x, { shape }), y);
  });

  it.each([
    [-inf, 0, 1],
    [-inf, -inf, -inf],
    [inf, 0, 1],
    [inf, -inf, inf],
    [nan, 0, 1],
    [0, -inf, nan],
    [3e38, -3e38, 0],
    [3.4e38, 3.4e38, -inf],
    [-3.4e38, -3.4e38, -3.4e38],
  ])('of %f, %f, %f', async (...row) => {
    const x = Float32Array.from(row);
    const y = new Float32Array(3);
    await (await chainOf([op], x, [1, 3], y))();
    expectClose(call(x), y);
  });
});

it.each([
  [[4, 100], 5],
  [[2, 6625], 50],
  [[1, 151936], 50],
])('TopK after Softmax, of %j the first %i', async (shape, k) => {
  const [rows = 0, n = 0] = shape;
  const x = logits(rows * n, 10);
  const values = new Float32Array(rows * k);
  const indices = new BigInt64Array(rows * k);
  await (await chainOf(['Softmax', 'TopK'], x, shape, values, indices))();
  const got = topK(x, k, { shape });
  expectClose(got.probabilities, values);
  // Its order is that of probabilities, in which close logits may be equal.
  const logitsAt = (at: ArrayLike<number | bigint>) =>
    Float32Array.from(at, (index, i) => x[Math.floor(i / k) * n + Number(index)] as number);
  expectClose(logitsAt(got.indices), logitsAt(indices), 1e-6);
});
