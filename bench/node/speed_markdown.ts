// SPDX-License-Identifier: MIT
// What the README shows of a result of `npm run speed`; `npm run readme` writes it there.
import { OTHERS, OURS } from './calls.js';
import { digits } from './print.js';
import type { SpeedResult } from './speed_goals.js';

/** One table after the other, of files of bench/results/node. */
export function speedSection(files: readonly { name: string; text: string }[]): string {
  if (files.length === 0) return 'No result is kept yet: `npm run speed` measures this machine.';
  return files.map(({ text }) => speedMarkdown(JSON.parse(text))).join('\n\n');
}

export function speedMarkdown(result: SpeedResult): string {
  const { entries, cpu, node, versions } = result;
  const rows = entries.filter(({ library }) => library === OURS);
  const lines = rows.map(({ call, n, microseconds, verified }) => {
    const ratios = OTHERS.map((library) => {
      const entry = entries.find((at) => at.call === call && at.n === n && at.library === library);
      if (!entry) return '';
      return entry.verified ? `${digits(entry.ratio.median)}x` : 'wrong';
    });
    const own = verified ? digits(microseconds.median) : 'wrong';
    return `| ${[`\`${call}\``, n.toLocaleString('en'), own, ...ratios].join(' | ')} |`;
  });
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `| call | n | us | ${OTHERS.join(' | ')} |`,
    `| --- | ---: | ---: |${' ---: |'.repeat(OTHERS.length)}`,
    ...lines,
    '',
    `${cpu.brand} (${cpu.microarchitecture}), ${cpu.isa}, Node ${node.replace('v', '')}, ${libraries.join(', ')}; two-pass-softmax ${result.package}, ${result.started.slice(0, 10)}.`,
  ].join('\n');
}
