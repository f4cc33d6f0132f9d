// SPDX-License-Identifier: MIT
// What all charts share.
import type { AxisXOptions, PlotOptions, TipOptions } from '@observablehq/plot';

export const FRAME: PlotOptions = {
  marginRight: 14,
  marginBottom: 44,
  style: { background: 'none', fontFamily: 'inherit', fontSize: '11.5px', overflow: 'visible' },
};

export const AXIS = {
  tickSize: 0,
  tickPadding: 7,
  labelArrow: 'none',
  fill: 'var(--muted)',
} as const;
export const AXIS_X: AxisXOptions = { ...AXIS, labelAnchor: 'center', labelOffset: 38 };

export const TIP: TipOptions = {
  title: 'title',
  fontSize: 12,
  lineHeight: 1.35,
  textPadding: 10,
  stroke: 'var(--axis)',
  pathFilter: 'none',
};
