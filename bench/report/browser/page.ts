// SPDX-License-Identifier: MIT
// In the reader's browser: draws the charts at the width there is, and lets the legend emphasise.
import type { Chart, LineChart } from '../chart.js';
import { domainsOf } from './axes.js';
import { drawDots } from './dots.js';
import { drawLines } from './lines.js';

const charts: Chart[] = JSON.parse(document.getElementById('charts')?.textContent ?? '[]');
const chartOf = (element: HTMLElement) => charts[Number(element.dataset['chart'])];
const within = (root: Element, selector: string) => [
  ...root.querySelectorAll<HTMLElement>(selector),
];

/** Charts of one figure that measure the same share their axes. */
function companions(element: HTMLElement, chart: LineChart): LineChart[] {
  const figure = element.closest('figure');
  return (figure ? within(figure, '.chart') : [element])
    .map(chartOf)
    .filter((one): one is LineChart => one?.kind === 'lines')
    .filter(({ x, y }) => x.label === chart.x.label && y.label === chart.y.label)
    .filter(({ x }) => x.scale === chart.x.scale);
}

const mostOfDots = Math.max(
  0,
  ...charts.flatMap((chart) => (chart.kind === 'dots' ? chart.dots.map(({ x }) => x) : [])),
);

function draw(element: HTMLElement) {
  const chart = chartOf(element);
  const width = element.clientWidth;
  if (!chart || width === 0) return;
  const drawn =
    chart.kind === 'lines'
      ? drawLines(chart, width, domainsOf(companions(element, chart)))
      : drawDots(chart, width, mostOfDots);
  drawn.setAttribute('aria-hidden', 'true'); // the element around it says what is to be seen
  element.replaceChildren(drawn);
  emphasise(element.closest('figure'));
}

/** The lines whose buttons are pressed stand out; with none pressed, all do. */
function emphasise(figure: Element | null) {
  if (!figure) return;
  const pressed = within(figure, 'button[aria-pressed="true"]').map(
    (button) => button.dataset['style'],
  );
  figure.classList.toggle('choosing', pressed.length > 0);
  for (const line of figure.querySelectorAll('.line')) {
    const chosen = pressed.some((style) => line.classList.contains(`line-${style}`));
    line.classList.toggle('chosen', chosen);
  }
}

for (const button of within(document.body, '.legend button')) {
  button.addEventListener('click', () => {
    const pressed = button.getAttribute('aria-pressed') === 'true';
    button.setAttribute('aria-pressed', String(!pressed));
    emphasise(button.closest('figure'));
  });
}

const widths = new WeakMap<Element, number>();
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (!(target instanceof HTMLElement) || widths.get(target) === target.clientWidth) continue;
    widths.set(target, target.clientWidth);
    // Not while sizes are being told: the page's scroll bar may change them once more.
    requestAnimationFrame(() => draw(target));
  }
});
for (const element of within(document.body, '.chart')) observer.observe(element);
