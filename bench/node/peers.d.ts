// SPDX-License-Identifier: MIT
// What we call of packages that only the commands with peers install.
declare module '@huggingface/transformers' {
  export class Tensor {
    constructor(type: 'float32', data: Float32Array, dims: readonly number[]);
    readonly data: Float32Array;
  }
  export function softmax(values: Float32Array): Float32Array;
  export function log_softmax(values: Float32Array): Float32Array;
  /** The largest and, as a tensor of bigints, where they are. */
  export function topk(x: Tensor, k: number): Promise<[Tensor, { readonly data: BigInt64Array }]>;
}

declare module '@tensorflow/tfjs-core' {
  interface Tensor {
    dataSync(): Float32Array;
    dispose(): void;
  }
  export function setBackend(name: string): Promise<boolean>;
  export function tensor1d(values: Float32Array): Tensor;
  export function softmax(logits: Tensor): Tensor;
  export function logSoftmax(logits: Tensor): Tensor;
  export function topk(x: Tensor, k: number): { values: Tensor; indices: Tensor };
}

declare module '@tensorflow/tfjs-backend-wasm' {}
