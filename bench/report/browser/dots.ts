// SPDX-License-Identifier: MIT
// Draws rows of dots under the headings of their groups.
import { axisX, dot, gridX, plot, pointer, ruleX, ruleY, text, tip } from '@observablehq/plot';
import type { DotChart } from '../chart.js';
import { styleOf } from '../styles.js';
import { AXIS_X, FRAME, TIP } from './frame.js';

const ROW = 19;

export function drawDots({ x, groups, dots }: DotChart, width: number, most: number): Element {
  // A heading takes a row of its own, named apart from any pass.
  const entries = groups.flatMap(({ label, rows }) => [`# ${label}`, ...rows]);
  const rows = groups.flatMap((group) => group.rows);
  const headings = groups.map(({ label }) => ({ label, y: `# ${label}` }));
  const marginLeft = 130;
  const left = { frameAnchor: 'left', textAnchor: 'start', dx: -marginLeft } as const;
  return plot({
    ...FRAME,
    width,
    height: entries.length * ROW + 62,
    marginLeft,
    marginTop: 8,
    x: { domain: [0, Math.max(105, most * 1.04)] },
    y: { type: 'point', domain: entries, padding: 0.6, axis: null },
    marks: [
      gridX({ ticks: 5, stroke: 'var(--grid)', strokeOpacity: 1 }),
      axisX({
        ...AXIS_X,
        ticks: 5,
        text: (value: number) => `${value} %`,
        label: x.label,
      }),
      ruleY(rows, { stroke: 'var(--grid)' }),
      ruleX([100], { stroke: 'var(--axis)' }),
      text(headings, { ...left, y: 'y', text: 'label', fill: 'var(--muted)', dy: 3 }),
      text(rows, {
        ...left,
        y: (row: string) => row,
        text: (row: string) => row,
        fill: 'var(--ink)',
      }),
      dots.map((one) =>
        dot([one], {
          className: `line line-${one.style}`,
          x: 'x',
          y: 'row',
          r: 4.5,
          stroke: one.noisy ? styleOf(one.style).colour : 'var(--surface)',
          fill: one.noisy ? 'var(--surface)' : styleOf(one.style).colour,
          strokeWidth: 1.25,
        }),
      ),
      tip(
        dots.map((one) => ({
          ...one,
          title: `${one.row}\n${one.label}${one.noisy ? '\nnoisy' : ''}`,
        })),
        pointer({ ...TIP, x: 'x', y: 'row', maxRadius: 24 }),
      ),
    ],
  });
}
