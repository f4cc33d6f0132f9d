// SPDX-License-Identifier: MIT
// What lies too far below a maximum to count is raised. In these rows two additions of the sum are
// ties but for that, so that its height decides a bit of the results.
import { expect, it } from 'vitest';
import { cpu, softmax } from '../../lib/index.js';
import { sameBits } from './reference.js';

const rows: readonly (readonly [often: number, once: number, low: number, ...ends: number[]])[] = [
  [0x426025d1, 0x42137ffe, 0xbdac31ab, 0x425fe118, 0x42606632],
  [0x426025be, 0x42138bc9, 0xbdac31ab, 0x425fe0ca, 0x42606658],
  [0x4260257f, 0x421362d2, 0xbdac31ab, 0x425fe037, 0x4260665d],
];
const raised = 0xc47a0000; // -1000

it.each(rows)('in a row of %i and others, on every way', (often, once, low, below, above) => {
  const words = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? raised : often));
  Object.assign(words, { 4: once, 7: below, 8: low, 15: above });
  const row = new Float32Array(Uint32Array.from(words).buffer);
  const want = softmax(row, { isa: 'scalar' });
  const many = new Float32Array(256).map((_, i) => row[i % 16] as number);
  const columns = many.map((_, i) => row[i >> 4] as number);
  for (const isa of cpu().isas) {
    expect(sameBits(softmax(row, { isa }), want)).toBe(true);
    const byRows = softmax(many, { isa, shape: [16, 16] });
    const byColumns = softmax(columns, { isa, shape: [16, 16], axis: 0 });
    for (let r = 0; r < 16; r++) {
      expect(sameBits(byRows.slice(16 * r, 16 * r + 16), want)).toBe(true);
      expect(
        sameBits(
          byColumns.filter((_, i) => i % 16 === r),
          want,
        ),
      ).toBe(true);
    }
  }
});
