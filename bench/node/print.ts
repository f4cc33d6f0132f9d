// SPDX-License-Identifier: MIT
import type { Character } from './ctc.js';

/** Rows as lines of aligned columns: the first `left` to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[], left: number): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const pad = (cell: string, column: number) =>
    column < left ? cell.padEnd(width(column)) : cell.padStart(width(column));
  return rows.map((row) => row.map(pad).join('  ')).join('\n');
}

/** Characters above their confidences in percent, as many on a line as `columns` hold. */
export function confidences(read: readonly Character[], columns: number): string {
  const perLine = Math.max(1, Math.floor(columns / 6));
  const lines: string[] = [];
  for (let at = 0; at < read.length; at += perLine) {
    const line = read.slice(at, at + perLine);
    lines.push(
      line.map(({ character }) => character.replace(' ', '\u2423').padStart(6)).join(''),
      line.map(({ confidence }) => (100 * confidence).toFixed(1).padStart(6)).join(''),
      '',
    );
  }
  return lines.join('\n');
}

/** Three digits that count. */
export function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
