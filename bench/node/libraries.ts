// SPDX-License-Identifier: MIT
// The same calls in this library and in others, each as its users would write it: inputs and, where
// the interface takes them, outputs are made once and used again; one thread.
import '@tensorflow/tfjs-backend-wasm';
import * as transformers from '@huggingface/transformers';
import * as tf from '@tensorflow/tfjs-core';
import { logSoftmax, sample, softmax, sumExp, topK } from '../../dist/index.mjs';
import {
  type Call,
  type Library,
  type LibraryName,
  type Row,
  TEMPERATURE,
  TOP_P,
} from './calls.js';
import * as loop from './loop.js';
import { chainOf } from './onnxruntime.js';

/** Rows as short as these are never shared between threads, and so need not be kept from it. */
const SHORT = 2 ** 16;
const threadsOf = ({ x }: Row) => (x.length < SHORT ? undefined : { threads: 1 });
const optionsOf = (row: Row) => ({ out: row.out, ...threadsOf(row) });

const ours: Library = {
  softmax: (row) => {
    const options = optionsOf(row);
    const run = () => softmax(row.x, options);
    return { run, result: run };
  },
  logSoftmax: (row) => {
    const options = optionsOf(row);
    const run = () => logSoftmax(row.x, options);
    return { run, result: run };
  },
  topK: (row) => {
    const options = threadsOf(row);
    const run = () => topK(row.x, row.k, options);
    return { run, result: () => run().probabilities };
  },
  sample: ({ x, k }) => {
    const options = { temperature: TEMPERATURE, topK: k, topP: TOP_P, threads: 1 };
    const run = () => sample(x, options);
    const result = () => {
      const { index, probability } = run();
      return Float32Array.of(index, probability);
    };
    return { run, result };
  },
};

/** Draws one of the `k` largest logits, which come in descending order. */
function drawn(values: Float32Array, indices: ArrayLike<number | bigint>): Float32Array {
  const { position, probability } = loop.drawOfLargest(values, TEMPERATURE, TOP_P);
  return Float32Array.of(Number(indices[position]), probability);
}

async function onnxruntimeMap(op: 'Softmax' | 'LogSoftmax', { x, out }: Row): Promise<Call> {
  const run = await chainOf([op], x, [1, x.length], out);
  return { run, result: () => run().then(() => out) };
}

const onnxruntime: Library = {
  softmax: (row) => onnxruntimeMap('Softmax', row),
  logSoftmax: (row) => onnxruntimeMap('LogSoftmax', row),
  topK: async ({ x, k }) => {
    const values = new Float32Array(k);
    const indices = new BigInt64Array(k);
    const run = await chainOf(['Softmax', 'TopK'], x, [1, x.length], values, indices);
    return { run, result: () => run().then(() => values) };
  },
  sample: async ({ x, k }) => {
    const values = new Float32Array(k);
    const indices = new BigInt64Array(k);
    const select = await chainOf(['TopK'], x, [1, x.length], values, indices);
    const run = async () => {
      await select();
      return drawn(values, indices);
    };
    return { run, result: run };
  },
};

type Results = readonly [values: tf.Tensor, indices?: tf.Tensor];

/**
 * Over an input that lies in the backend's memory already. Whoever wants numbers takes the result
 * out of that memory; without `data` it is timed up to there.
 */
function tensorflow(
  compute: (input: tf.Tensor, k: number) => Results,
  finish = (values: Float32Array, _: Float32Array) => values,
  data = true,
) {
  return ({ x, k }: Row): Call => {
    const input = tf.tensor1d(x);
    const left = () => {
      for (const tensor of compute(input, k)) tensor?.dispose();
    };
    const taken = () => {
      const [values, indices] = compute(input, k);
      const result = finish(values.dataSync(), indices?.dataSync() ?? new Float32Array(0));
      values.dispose();
      indices?.dispose();
      return result;
    };
    return { run: data ? taken : left, result: taken, free: () => input.dispose() };
  };
}

const largest = (x: tf.Tensor, k: number): Results => {
  const { values, indices } = tf.topk(x, k);
  return [values, indices];
};
const largestProbabilities = (x: tf.Tensor, k: number): Results => {
  const probabilities = tf.softmax(x);
  const results = largest(probabilities, k);
  probabilities.dispose();
  return results;
};

const tensorflowWithData: Library = {
  softmax: tensorflow((x) => [tf.softmax(x)]),
  logSoftmax: tensorflow((x) => [tf.logSoftmax(x)]),
  topK: tensorflow(largestProbabilities),
  sample: tensorflow(largest, drawn),
};
const tensorflowWithoutData: Library = {
  softmax: tensorflow((x) => [tf.softmax(x)], undefined, false),
  logSoftmax: tensorflow((x) => [tf.logSoftmax(x)], undefined, false),
};

/** Its functions return new arrays; there is no other way to call them. */
const transformersJs: Library = {
  softmax: ({ x }) => {
    const run = () => transformers.softmax(x);
    return { run, result: run };
  },
  logSoftmax: ({ x }) => {
    const run = () => transformers.log_softmax(x);
    return { run, result: run };
  },
  topK: ({ x, k }) => {
    const run = () => {
      const probabilities = transformers.softmax(x);
      return transformers.topk(new transformers.Tensor('float32', probabilities, [x.length]), k);
    };
    return { run, result: async () => (await run())[0].data };
  },
  sample: ({ x, k }) => {
    const logits = new transformers.Tensor('float32', x, [x.length]);
    const run = async () => {
      const [values, indices] = await transformers.topk(logits, k);
      return drawn(values.data, indices.data);
    };
    return { run, result: run };
  },
};

const tightLoop: Library = {
  softmax: ({ x, out }) => {
    const run = () => loop.softmax(x, out);
    return { run, result: run };
  },
  logSoftmax: ({ x, out }) => {
    const run = () => loop.logSoftmax(x, out);
    return { run, result: run };
  },
  topK: ({ x, out, k }) => {
    const values = new Float32Array(k);
    const indices = new Uint32Array(k);
    const run = () => loop.selectLargest(loop.softmax(x, out), values, indices);
    return { run, result: run };
  },
  sample: ({ x, k }) => {
    const values = new Float32Array(k);
    const indices = new Uint32Array(k);
    const run = () => {
      loop.selectLargest(x, values, indices);
      return drawn(values, indices);
    };
    return { run, result: run };
  },
};

/** One read of the logits, what nothing can be faster than. */
const onePass: Library = {
  sample: (row) => {
    const options = threadsOf(row);
    const run = () => sumExp(row.x, options);
    const result = () => {
      const { mantissa, exponent } = run();
      return Float32Array.of(mantissa * 2 ** exponent);
    };
    return { run, result, onlySum: true };
  },
};

await tf.setBackend('wasm');

export const libraries: Readonly<Record<LibraryName, Library>> = {
  'two-pass-softmax': ours,
  'onnxruntime-node': onnxruntime,
  'tfjs-wasm': tensorflowWithData,
  'transformers.js': transformersJs,
  'tight loop': tightLoop,
  'tfjs-wasm, data left there': tensorflowWithoutData,
  sumExp: onePass,
};
