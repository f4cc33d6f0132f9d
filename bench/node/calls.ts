// SPDX-License-Identifier: MIT
// The calls that are compared between libraries.

export const callNames = ['softmax', 'logSoftmax', 'topK', 'sample'] as const;
export type CallName = (typeof callNames)[number];

/** The libraries, by name: this one, others whole, and what is measured beside them. */
export const OURS = 'two-pass-softmax';
export const OTHERS = ['onnxruntime-node', 'tfjs-wasm', 'transformers.js', 'tight loop'] as const;
export const BESIDE = ['tfjs-wasm, data left there', 'sumExp'] as const;
export type LibraryName = typeof OURS | (typeof OTHERS)[number] | (typeof BESIDE)[number];

/** One row of logits, room for a result as long, and how many elements topK and sample keep. */
export interface Row {
  readonly x: Float32Array;
  readonly out: Float32Array;
  readonly k: number;
}

/** Of sample, beside the `k` of its row. */
export const TEMPERATURE = 0.7;
export const TOP_P = 0.95;

export interface Call {
  /** What is timed. */
  readonly run: () => unknown;
  /**
   * Does it once more and gives the result: the probabilities (topK: of the largest, descending),
   * or their logarithms; of sample the index and its probability.
   */
  readonly result: () => Float32Array | Promise<Float32Array>;
  /** If that is the sum of e^x instead. */
  readonly onlySum?: true;
  readonly free?: () => void;
}

/** What is called like that in one library, as its users would write it. */
export type Library = Readonly<Partial<Record<CallName, (row: Row) => Call | Promise<Call>>>>;
