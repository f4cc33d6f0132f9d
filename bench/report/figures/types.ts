// SPDX-License-Identifier: MIT
// Figure: the types of elements beside each other, where more than float32 was measured.
import { elements } from '../../../lib/dtypes.js';
import type { Result, Row, Series } from '../../cli/schema.js';
import type { Axis, Figure, Line, Panel } from '../chart.js';
import { at, times } from '../format.js';
import { distinct, named, settingsOf, sizes, valid } from '../rows.js';
import { styleOf } from '../styles.js';
import { LENGTH, panelOf, pointOf, SHORT_LENGTH, TIME } from './by_size.js';

const ofType = (rows: readonly Row[], dtype: Row['dtype'], n?: number) =>
  rows.filter((row) => row.dtype === dtype && (n === undefined || row.n === n));

function lines(rows: readonly Row[]): Line[] {
  return elements
    .map((dtype) => ({
      style: dtype,
      label: styleOf(dtype).label,
      points: ofType(rows, dtype)
        .sort((a, b) => a.n - b.n)
        .map((row) => pointOf(row, row.n, TIME)),
    }))
    .filter(({ points }) => points.length > 0);
}

function panels(rows: readonly Row[], series: Series, what: string, x: Axis): Panel[] {
  return settingsOf(rows, series, 1).map((setting) =>
    panelOf(`${setting.title}, ${what}`, {
      kind: 'lines',
      x,
      y: TIME.axis,
      lines: lines(setting.rows),
      roofs: [],
      walls: [],
      levels: [],
    }),
  );
}

/** At the longest row that float32 and another have. */
function finding(rows: readonly Row[]): string {
  const [setting] = settingsOf(rows, 'sizes', 1);
  if (!setting) return '';
  const ratios = (n: number) => {
    const [plain] = ofType(setting.rows, 'float32', n);
    return elements.flatMap((dtype) => {
      const [row] = ofType(setting.rows, dtype, n);
      return row && plain && row !== plain
        ? [`${dtype} ${times(row.nsPerElement / plain.nsPerElement)}`]
        : [];
    });
  };
  const n = sizes(setting.rows).findLast((size) => ratios(size).length > 0);
  if (n === undefined) return '';
  return `At ${at(n)}, ${setting.title}, over the time of float32: ${ratios(n).join(', ')}.`;
}

/** None for a file that has auto of float32 alone. */
export function types(result: Result): Figure[] {
  const rows = named(valid(result), ['auto']);
  if (distinct(rows.map(({ dtype }) => dtype)).every((dtype) => dtype === 'float32')) return [];
  return [
    {
      id: 'types',
      title: 'Element types',
      finding: finding(rows),
      caption:
        'Time per element of this package’s auto by type of input and output, in one thread; lower is better. float64 has kernels of its own; float16 and bfloat16 are computed in a float32 copy. At one length float64 fills twice the bytes of float32, and 16 bits fill half.',
      panels: [
        ...panels(rows, 'sizes', 'one row', LENGTH),
        ...panels(rows, 'batches', 'short rows', SHORT_LENGTH),
      ],
    },
  ];
}
