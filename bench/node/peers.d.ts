// SPDX-License-Identifier: MIT
// What we call of packages that only `npm run accuracy` installs.
declare module '@huggingface/transformers' {
  export function softmax(values: Float32Array): Float32Array;
}

declare module '@tensorflow/tfjs-core' {
  interface Tensor {
    data(): Promise<Float32Array>;
    dispose(): void;
  }
  export function setBackend(name: string): Promise<boolean>;
  export function tensor1d(values: Float32Array): Tensor;
  export function softmax(logits: Tensor): Tensor;
}

declare module '@tensorflow/tfjs-backend-wasm' {}
