// SPDX-License-Identifier: MIT
// What a figure says, before anything is drawn: plain data, so that it can be tested, written into
// the page and drawn there at the width the reader has.
import type { StyleId } from './styles.js';

/** `low` to `high`: the interval; `note`: what else a reader who points at it wants to know. */
export interface Point {
  x: number;
  y: number;
  low?: number;
  high?: number;
  noisy?: boolean;
  note?: string;
}

export interface Line {
  style: StyleId;
  label: string;
  points: Point[];
}

export interface Axis {
  label: string;
  scale: 'log' | 'linear' | 'ordinal'; // ordinal: evenly spaced, whatever the steps
  unit: string;
}

/** Lines over x. `walls` stand at an x (caches end here), `levels` lie at a y (a claim). */
export interface LineChart {
  kind: 'lines';
  x: Axis;
  y: Axis;
  lines: Line[];
  roofs: Line[];
  walls: { x: number; label: string }[];
  levels: { style: StyleId; label: string; y: number; mark: string }[];
  beyond?: 'above' | 'below'; // the side of the first roof that nothing can reach
}

/** One row of dots for each name, in groups; x in per cent. */
export interface DotChart {
  kind: 'dots';
  x: Axis;
  groups: { label: string; rows: string[] }[];
  dots: { row: string; x: number; style: StyleId; label: string; noisy: boolean }[];
}

export type Chart = LineChart | DotChart;

export interface Table {
  caption: string;
  columns: string[];
  rows: string[][]; // the first cell names the row
}

export interface Panel {
  title: string;
  chart: Chart;
  summary: string; // the chart in a sentence, for those who cannot see it
  table: Table;
}

export interface Figure {
  id: string;
  title: string;
  finding: string;
  caption: string;
  panels: Panel[]; // none: not measured
}
