// SPDX-License-Identifier: MIT
// A hash of results on fixed rows, the same on every processor, isa and form, and in
// test/native/reference_outputs_test.cc. It changes only when a result does.
import { describe, expect, it } from 'vitest';
import { type Algorithm, cpu, type Isa, softmax } from '../../lib/index.js';
import { logits } from './reference.js';

const referenceOutputs = '3d83146c7bacd024';

const lengths = [1, 2, 3, 5, 8, 16, 17, 33, 64, 65, 100, 257, 1000, 1024, 1025, 2500];
const kinds = [
  { range: 1, masked: false, temperature: 1 },
  { range: 10, masked: false, temperature: 1 },
  { range: 10, masked: true, temperature: 3 },
  { range: 100, masked: false, temperature: 1 },
  { range: 30000, masked: false, temperature: 1 },
  { range: 1e6, masked: false, temperature: 1 },
];

function outputs(isa: Isa, algorithm: Algorithm): Buffer {
  const rows = kinds.flatMap(({ range, masked, temperature }) =>
    lengths.map((n) => {
      const x = logits(n, range, n);
      for (let i = 2; masked && i < n; i += 5) x[i] = Number.NEGATIVE_INFINITY;
      return Buffer.from(softmax(x, { temperature, isa, algorithm }).buffer);
    }),
  );
  return Buffer.concat(rows);
}

/** FNV-1a with 64 bits. */
function hash(bytes: Buffer): string {
  let state = 0xcbf29ce484222325n;
  for (const byte of bytes) state = BigInt.asUintN(64, (state ^ BigInt(byte)) * 0x100000001b3n);
  return state.toString(16).padStart(16, '0');
}

describe('reference outputs', () => {
  it.each(cpu().isas)('of %s', (isa) => {
    const bytes = outputs(isa, 'auto');
    const outcome = hash(bytes);
    console.log(`reference outputs ${outcome} ${isa}`);
    expect(outcome).toBe(referenceOutputs);
    expect(outputs(isa, 'two-pass').equals(bytes)).toBe(true);
    expect(outputs(isa, 'two-pass-reload').equals(bytes)).toBe(true);
  });
});
