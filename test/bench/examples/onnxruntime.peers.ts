// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toProbabilities } from '../../../bench/examples/onnxruntime.mjs';
import { FLOAT, modelOf } from '../../../bench/node/onnx.js';
import { softmax } from '../../../lib/index.js';
import { logits } from '../../lib/reference.js';

const { InferenceSession, Tensor } = createRequire(join(__dirname, '../../../bench/package.json'))(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

it.each([
  [[2, 21, 8, 8], 1],
  [[3, 5000], -1],
  [[7], 0],
])('makes probabilities of a tensor of %j along axis %i', async (shape, axis) => {
  const names = ['logits', 'right'];
  const model = modelOf({
    nodes: [
      { op: 'LogSoftmax', inputs: ['x'], outputs: ['logits'], axis: -1 },
      { op: 'Softmax', inputs: ['logits'], outputs: ['right'], axis },
    ],
    inputs: [{ name: 'x', type: FLOAT, shape }],
    outputs: names.map((name) => ({ name, type: FLOAT, shape })),
  });
  const session = await InferenceSession.create(model);
  const x = logits(
    shape.reduce((a, b) => a * b),
    10,
  );
  const { logits: tensor, right } = await session.run({ x: new Tensor('float32', x, shape) });
  if (!tensor || !right) throw new Error('no output');
  const { data } = tensor as { data: Float32Array };
  const want = softmax(data, { shape, axis });
  expect(toProbabilities(tensor, axis)).toBe(tensor);
  expect(tensor.data).toBe(data);
  expect(data).toEqual(want);
  const far = data.map((p, i) => Math.abs(p / Number(right.data[i]) - 1));
  expect(Math.max(...far)).toBeLessThan(1e-4);
});

it('runs from the command line', () => {
  const file = join(__dirname, '../../../bench/examples/onnxruntime.mjs');
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  const [, line = ''] = output.split('\n');
  expect(line).toMatch(/^probabilities 0\.0900\d+ 0\.2447\d+ 0\.6652\d+ 0\.9999\d+ 0\.00004\d+ /);
});
