// SPDX-License-Identifier: MIT
// Draws lines over x, with what bounds them.
import {
  areaY,
  axisX,
  axisY,
  dot,
  gridY,
  line,
  type Markish,
  plot,
  pointer,
  ruleX,
  ruleY,
  text,
  tip,
} from '@observablehq/plot';
import type { Line, LineChart, Point } from '../chart.js';
import { digits, size, whole } from '../format.js';
import { styleOf } from '../styles.js';
import { type Domains, ticksLog, ticksX } from './axes.js';
import { AXIS, AXIS_X, FRAME, TIP } from './frame.js';

const describe = (chart: LineChart, { label }: Line, point: Point) => {
  const { y, low, high, noisy, note } = point;
  const interval =
    low === undefined || high === undefined ? '' : ` (${digits(low)} to ${digits(high)})`;
  const where = chart.x.label === 'threads' ? `${point.x} threads` : `n = ${whole(point.x)}`;
  const parts = [`${digits(y)} ${chart.y.unit}${interval}`, where];
  if (note) parts.push(note);
  if (noisy) parts.push('noisy');
  return `${label}\n${parts.join('\n')}`;
};

const MANY = 24; // points of a line, beyond which they shrink

function drawLine({ style, points }: Line): Markish[] {
  const { colour, width, dash } = styleOf(style);
  const common = { className: `line line-${style}`, x: 'x', stroke: colour };
  const spread = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  return [
    ruleX(spread, {
      ...common,
      y1: 'low',
      y2: 'high',
      strokeWidth: 1,
      strokeOpacity: 0.7,
      clip: true,
    }),
    line(points, {
      ...common,
      y: 'y',
      strokeWidth: width,
      strokeDasharray: dash ?? 'none',
      strokeLinejoin: 'round',
      strokeLinecap: 'round',
    }),
    dot(points, {
      ...common,
      y: 'y',
      r: points.length > MANY ? 1.25 : width > 2 ? 2.75 : 2,
      fill: ({ noisy }: Point) => (noisy ? 'var(--surface)' : colour),
      strokeWidth: 1.25,
    }),
  ];
}

function drawRoofs({ roofs, beyond }: LineChart, [low, high]: Domains['y']): Markish[] {
  const shade = beyond && {
    className: 'line line-beyond',
    x: 'x',
    y1: 'y',
    y2: () => (beyond === 'above' ? high : low),
    fill: 'var(--beyond)',
  };
  const marks = roofs.map(({ style, points }) => {
    const { colour, width, dash } = styleOf(style);
    return line(points, {
      className: `line line-${style}`,
      x: 'x',
      y: 'y',
      stroke: colour,
      strokeWidth: width,
      strokeDasharray: dash ?? 'none',
      clip: true,
    });
  });
  return shade ? [areaY(roofs[0]?.points ?? [], shade), ...marks] : marks;
}

function drawLevel({ style, y, mark }: LineChart['levels'][number]): Markish[] {
  const { colour, width, dash } = styleOf(style);
  const className = `line line-${style}`;
  return [
    ruleY([y], { className, stroke: colour, strokeWidth: width, strokeDasharray: dash ?? 'none' }),
    text([y], {
      className,
      y: (level: number) => level,
      text: () => mark,
      frameAnchor: 'right',
      textAnchor: 'start',
      dx: 6,
      fill: colour,
    }),
  ];
}

export function drawLines(chart: LineChart, width: number, { x, y }: Domains): Element {
  const narrow = width < 440;
  const points = chart.lines.flatMap((one) => one.points);
  const [first, last] = [Math.min(...x), Math.max(...x)];
  const walls = chart.walls.filter((wall) => wall.x > first && wall.x < last);
  const nearEnd = (wall: { x: number }) => Math.log(last / wall.x) < 0.1 * Math.log(last / first);
  const log = chart.y.scale === 'log';
  const ordinal = chart.x.scale === 'ordinal';
  const every = chart.lines.flatMap((one) =>
    one.points.map((point) => ({ ...point, title: describe(chart, one, point) })),
  );
  const ratio = chart.y.unit === '×' && !log;
  return plot({
    ...FRAME,
    width,
    height: narrow ? 310 : 370,
    marginLeft: 36,
    ...(chart.levels.length > 0 ? { marginRight: 38 } : {}),
    marginTop: 42,
    x: ordinal
      ? { type: 'point', domain: x, padding: 0.3 }
      : { type: chart.x.scale, domain: x, inset: 4 },
    y: { type: chart.y.scale, domain: y },
    marks: [
      drawRoofs(chart, y),
      gridY({ ticks: log ? ticksLog(y) : 6, stroke: 'var(--grid)', strokeOpacity: 1 }),
      axisX({
        ...AXIS_X,
        ticks: ticksX(chart.x, x, points, width / 52),
        // Not a tickFormat, which would be thinned out.
        text: (value: number) =>
          chart.x.scale === 'log'
            ? size(value)
            : ordinal && x.includes(value - 1)
              ? '+1'
              : String(value),
        label: chart.x.label,
      }),
      axisY({
        ...AXIS,
        ticks: log ? ticksLog(y) : 6,
        text: (value: number) => (value < 1e4 ? String(Number(value.toPrecision(6))) : size(value)),
        label: chart.y.label,
        labelOffset: 34,
      }),
      ruleY(ratio ? [1] : log ? [] : [0], { stroke: 'var(--axis)' }),
      ruleX(walls, { x: 'x', stroke: 'var(--wall)', strokeDasharray: '1 3', strokeWidth: 1.25 }),
      [false, true].map((end) =>
        text(
          walls.filter((wall) => nearEnd(wall) === end),
          {
            x: 'x',
            text: ({ label }: { label: string }) => (narrow ? label.split(' ')[0] : label),
            frameAnchor: 'top',
            lineAnchor: 'bottom',
            textAnchor: end ? 'end' : 'middle',
            dx: end ? 8 : 0,
            dy: -5,
            fill: 'var(--muted)',
          },
        ),
      ),
      chart.levels.map(drawLevel),
      chart.lines.toReversed().map(drawLine),
      tip(every, pointer({ ...TIP, x: 'x', y: 'y', maxRadius: 36 })),
    ],
  });
}
