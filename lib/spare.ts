// SPDX-License-Identifier: MIT
// Memory of arrays that were ours alone and are done with. To copy into new memory takes several
// times as long as into such, and the event loop waits meanwhile.
import { types } from 'node:util';

const limits = { buffers: 4, leastBytes: 2 ** 14, mostBytes: 2 ** 26 } as const;

/** The oldest goes first. The garbage collector may take them all. */
const spare: WeakRef<ArrayBuffer>[] = [];

/** A buffer of this size that holds anything, if there is one. */
export function takeSpare(bytes: number): ArrayBuffer | undefined {
  for (const [i, reference] of spare.entries()) {
    const buffer = reference.deref();
    if (buffer?.byteLength !== bytes) continue;
    spare.splice(i, 1);
    return buffer;
  }
  return undefined;
}

/** For an array that fills its buffer, and that nobody else has or will have. */
export function keepSpare({ buffer }: ArrayBufferView): void {
  if (!types.isArrayBuffer(buffer)) return;
  if (buffer.byteLength < limits.leastBytes || buffer.byteLength > limits.mostBytes) return;
  if (spare.length === limits.buffers) spare.shift();
  spare.push(new WeakRef(buffer));
}
