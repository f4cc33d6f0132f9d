// SPDX-License-Identifier: MIT
// The page: one document with its style, script and data inside, that asks the network for nothing.
import { createHash } from 'node:crypto';
import type { Goal, Result } from '../cli/schema.js';
import type { Figure, Panel, Table } from './chart.js';
import { figures } from './figures/index.js';
import { headline } from './headline.js';
import { type Content, Html, html, json } from './html.js';
import { facts, inWords, method, notices, plainBrand } from './machine.js';
import { ORDER, type StyleId, styleOf } from './styles.js';

export interface Assets {
  style: string;
  script: string;
}

export function page(result: Result, { style, script }: Assets): string {
  const shown = figures(result);
  const charts = shown.flatMap(({ panels }) => panels.map(({ chart }) => chart));
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:`;
  const title = `Two-pass softmax on ${plainBrand(result.machine.cpu.brand)}`;
  let next = 0;
  const number = () => next++;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${headline(result)
    .map(({ value, text }) => `${value} ${text}`)
    .join('; ')}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
${masthead(result)}
<nav aria-label="Figures"><ul>${[...shown, ...SECTIONS].map(
    ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`,
  )}</ul></nav>
<main id="main" tabindex="-1">
<noscript><p class="notice">The charts are drawn by a script. The tables below them hold every number.</p></noscript>
${shown.map((figure, index) => section(figure, index + 1, number))}
${goals(result)}
${machine(result)}
</main>
<footer><p>Made by two-pass-softmax ${result.package} with <code>${result.command}</code>. Nothing in this file asks the network for anything.</p></footer>
<script type="application/json" id="charts">${json(charts)}</script>
<script>${new Html(script)}</script>
</body>
</html>
`.text;
}

const SECTIONS = [
  { id: 'goals', title: 'Goals' },
  { id: 'machine', title: 'Machine and method' },
];

function masthead(result: Result): Html {
  const { cpu, processors } = result.machine;
  const details = [
    inWords(cpu.microarchitecture),
    `family ${cpu.family}, model ${cpu.model}, stepping ${cpu.stepping}`,
    `${processors.allowed} of ${processors.online} processors`,
  ];
  return html`<header>
<p class="kicker">Two-pass softmax on</p>
<h1>${plainBrand(cpu.brand)}</h1>
<p class="byline">${details.join(' · ')} · <time datetime="${result.started}">${result.started.slice(0, 10)}</time></p>
<dl class="headline">${headline(result).map(
    ({ value, text }) => html`<div><dt>${text}</dt><dd>${value}</dd></div>`,
  )}</dl>
${aside(result)}
</header>`;
}

function aside(result: Result): Content {
  const all = notices(result);
  if (all.length === 0) return '';
  return html`<aside class="notice" aria-label="Notices">${all.map((one) => html`<p>${one}</p>`)}</aside>`;
}

function section(figure: Figure, index: number, number: () => number): Html {
  const { id, title, finding, caption, panels } = figure;
  if (panels.length === 0)
    return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2><p class="absent">Not measured in this run.</p></section>`;
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${finding ? html`<p class="finding">${finding}</p>` : ''}
<figure aria-labelledby="${id}-caption">
${legend(panels)}
<div class="panels${panels.length % 3 === 0 ? ' thirds' : ''}">${panels.map((panel) => panelOf(panel, number()))}</div>
<figcaption id="${id}-caption"><b>Figure ${index}.</b> ${caption}</figcaption>
</figure>
<details><summary>Figure ${index} as ${panels.length === 1 ? 'a table' : 'tables'}</summary>${panels.map(
    ({ table }) => tableOf(table, `Figure ${index}`),
  )}<p class="small">± is half of the 95 % interval of the median; ~ marks what was noisy.</p></details>
</section>`;
}

const panelOf = ({ title, summary }: Panel, chart: number): Html =>
  html`<div class="panel"><h3>${title}</h3><div class="chart" role="img" aria-label="${title}. ${summary}" data-chart="${chart}"></div></div>`;

/** Buttons, each of which brings out its line. */
function legend(panels: readonly Panel[]): Html {
  const items = new Map<StyleId, string>();
  for (const { chart } of panels) {
    if (chart.kind === 'dots')
      for (const { style, label } of chart.dots) items.set(style, label.split(':')[0] ?? label);
    else
      for (const { style, label } of [...chart.lines, ...chart.roofs, ...chart.levels])
        items.set(style, label);
  }
  const dots = panels[0]?.chart.kind === 'dots';
  return html`<ul class="legend" aria-label="Lines; press one to bring it out">${[...items]
    .sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b))
    .map(
      ([style, label]) =>
        html`<li><button type="button" aria-pressed="false" data-style="${style}">${sample(style, dots)}${label}</button></li>`,
    )}</ul>`;
}

function sample(style: StyleId, dot: boolean): Html {
  const { colour, width, dash } = styleOf(style);
  const mark = dot
    ? html`<circle cx="6" cy="6" r="4.5" style="fill: ${colour}"/>`
    : html`<path d="M0 6h24" style="stroke: ${colour}; stroke-width: ${width}; stroke-dasharray: ${dash ?? 'none'}"/>`;
  return html`<svg aria-hidden="true" width="${dot ? 12 : 24}" height="12">${mark}</svg>`;
}

const tableOf = ({ caption, columns, rows }: Table, figure: string): Html =>
  html`<div class="scroll" role="region" aria-label="${figure}: ${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(([first, ...cells]) => html`<tr><th scope="row">${first ?? ''}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table></div>`;

const VERDICTS = { true: '✓\u00a0reached', false: '✗\u00a0missed', null: 'not measured' } as const;

function goals({ goals }: Result): Html {
  const figure = (value: number, unit: Goal['unit']) =>
    unit === 'x' ? `${value.toFixed(2)}×` : `${value.toFixed(1)}\u00a0%`;
  const rows = goals.map(
    ({ text, target, unit, value, reached }) =>
      html`<tr class="${reached === null ? 'unmeasured' : ''}"><th scope="row">${text}</th><td>${figure(target, unit)}</td><td>${value === null ? '–' : figure(value, unit)}</td><td>${VERDICTS[`${reached}`]}</td></tr>`,
  );
  const table: Content =
    goals.length === 0
      ? html`<p class="absent">Not measured in this run.</p>`
      : html`<div class="scroll" role="region" aria-label="Table of the goals" tabindex="0"><table class="goals">
<thead><tr><th scope="col">Goal</th><th scope="col">wanted</th><th scope="col">here</th><th scope="col">verdict</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
  return html`<section id="goals" aria-labelledby="goals-title"><h2 id="goals-title">Goals</h2>${table}</section>`;
}

function machine(result: Result): Html {
  return html`<section id="machine" aria-labelledby="machine-title"><h2 id="machine-title">Machine and method</h2>
<dl class="facts">${facts(result).map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${method(result).map((text) => html`<p>${text}</p>`)}
</section>`;
}
