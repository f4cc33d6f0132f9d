// SPDX-License-Identifier: MIT
// What the README shows of the results that are kept: `npm run readme` writes it there.
import { digits, goalCells, groupBy } from './print.js';
import { type Goal, parseResult, type Result } from './schema.js';

/** A file of bench/results. */
export interface Kept {
  readonly name: string;
  readonly text: string;
}

/** One table after the other. Throws for a result that cannot be shown. */
export function resultsSection(files: readonly Kept[]): string {
  if (files.length === 0) return 'No result is kept yet: `npm run bench` measures this machine.';
  return files.map((file) => markdown(checked(file))).join('\n\n');
}

function checked({ name, text }: Kept): Result {
  const result = parseResult(text);
  const wanted = `${result.machine.cpu.microarchitecture}.json`;
  if (name !== wanted) throw new Error(`${name}: its name must be ${wanted}`);
  if (!result.complete) throw new Error(`${name}: it was interrupted`);
  return result;
}

/**
 * Our time by size beside the best published algorithms, with the machine under it, and the goals to
 * be unfolded.
 */
export function markdown(result: Result): string {
  const isa = result.machine.cpu.isa;
  const rows = result.rows.filter(
    (row) =>
      row.verified &&
      row.dtype === 'float32' &&
      row.series === 'sizes' &&
      row.process === 'addon' &&
      row.threads === 1 &&
      row.isa === isa,
  );
  const lines = [...groupBy(rows, ({ n }) => String(n)).values()].flatMap((here) => {
    const find = (...names: string[]) =>
      here.filter(({ name }) => names.includes(name)).map(({ nsPerElement }) => nsPerElement);
    const [auto] = find('auto');
    const three = Math.min(...find('three-pass-recompute', 'three-pass-reload'));
    const two = Math.min(...find('paper-two-pass'));
    if (auto === undefined || !Number.isFinite(three) || !Number.isFinite(two)) return [];
    const [n] = here.map((row) => row.n.toLocaleString('en'));
    const cells = [n, digits(auto), digits(two), digits(three), `${(three / auto).toFixed(2)}x`];
    return [`| ${cells.join(' | ')} |`];
  });
  const { brand, microarchitecture } = result.machine.cpu;
  return [
    '| n | `auto`, ns per element | published two-pass | best published three-pass | speed-up |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
    `${brand} (${microarchitecture}), ${isa}, one thread, two-pass-softmax ${result.package}, ${result.started.slice(0, 10)}.`,
    ...folded(result.goals),
  ].join('\n');
}

function folded(goals: readonly Goal[]): string[] {
  const measured = goals.filter(({ reached }) => reached !== null);
  if (measured.length === 0) return [];
  const reached = measured.filter((goal) => goal.reached);
  const [head = [], ...rows] = goalCells(measured);
  return [
    '',
    `<details><summary>Goals: ${reached.length} of ${measured.length} reached</summary>`,
    '',
    `| ${head.join(' | ')} |`,
    '| --- | ---: | ---: | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    '</details>',
  ];
}
