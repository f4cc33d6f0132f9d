// SPDX-License-Identifier: MIT
// What was measured on, how, and what a reader should be wary of.
import type { Result } from '../cli/schema.js';
import { bytes, whole } from './format.js';
import { CACHE_STATES, ISAS } from './rows.js';

const known = (value: string | number | null): string =>
  value === null ? 'not readable' : String(value);
const plural = (count: number, one: string, many: string) =>
  `${whole(count)} ${count === 1 ? one : many}`;

/** Without marks of registration. */
export const plainBrand = (brand: string): string =>
  brand
    .replace(/\((?:R|TM)\)/gi, '')
    .replace(/\s+/g, ' ')
    .trim();

export const inWords = (name: string): string =>
  name.replace(
    /(?:^|-)(\w)/g,
    (_, first: string, at: number) => `${at > 0 ? ' ' : ''}${first.toUpperCase()}`,
  );

export function facts({ machine, node, package: version, started, seconds }: Result) {
  const { cpu, processors, memory } = machine;
  const caches = Object.entries(cpu.caches).flatMap(([name, cache]) =>
    cache
      ? [
          {
            name: name.toUpperCase(),
            value: `${bytes(cache.bytes)}, lines of ${cache.lineBytes} B, shared by ${cache.sharedBy}`,
          },
        ]
      : [],
  );
  return [
    { name: 'Processor', value: cpu.brand },
    {
      name: 'Microarchitecture',
      value: `${inWords(cpu.microarchitecture)} (${cpu.vendor} ${cpu.family}/${cpu.model}/${cpu.stepping})`,
    },
    { name: 'Microcode', value: known(cpu.microcode) },
    {
      name: 'Kernels',
      value: `${cpu.isas.map((isa) => ISAS[isa] ?? isa).join(', ')}; chosen: ${cpu.isa === null ? 'none' : (ISAS[cpu.isa] ?? cpu.isa)}`,
    },
    ...caches,
    { name: 'Processors', value: `${processors.allowed} of ${processors.online} allowed` },
    { name: 'Memory', value: `${bytes(memory.total)}, ${bytes(memory.free)} free` },
    { name: 'NUMA nodes', value: known(machine.numaNodes) },
    { name: 'Governor', value: known(machine.governor) },
    { name: 'Huge pages', value: known(machine.transparentHugePages) },
    {
      name: 'Virtual machine',
      value: machine.hypervisor === null ? 'not readable' : machine.hypervisor ? 'yes' : 'no',
    },
    { name: 'System', value: `${machine.kernel}, ${machine.platform}` },
    { name: 'Load before', value: machine.load.map((load) => load.toFixed(2)).join(', ') },
    { name: 'Software', value: `two-pass-softmax ${version}, Node.js ${node}` },
    {
      name: 'Run',
      value: `${started.slice(0, 16).replace('T', ' ')} UTC, ${Math.round(seconds)}\u00a0s`,
    },
  ];
}

const signed = (value: number) => String(value).replace('-', '\u2212');

export function method({ protocol, rows }: Result): string[] {
  const { input, sweeps, secondsPerPoint, caches } = protocol;
  const rounds = rows.map(({ time }) => time.rounds);
  const range = [...new Set([Math.min(...rounds), Math.max(...rounds)])].join(' to ');
  const noisy = rows.filter((row) => row.noisy).length;
  return [
    `Algorithms and limits ran by turns on the same buffers, in ${plural(sweeps, 'sweep', 'sweeps')} over the sizes and about ${secondsPerPoint} s per point; each figure is the median of ${rounds.length > 0 ? `${range} ` : ''}rounds. Inputs are uniform between ${signed(input.low)} and ${signed(input.high)}, seed ${input.seed}. ${CACHE_STATES[caches].long}`,
    `After timing, the outputs were checked against float64; rows that failed count for nothing. A row is noisy where its interval is too wide to tell differences of a tenth: ${whole(noisy)} of ${whole(rows.length)} here.`,
  ];
}

const asSentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

export function notices({ complete, rows, warnings }: Result): string[] {
  const failed = rows.filter((row) => !row.verified).length;
  return [
    ...(complete
      ? []
      : ['This run was interrupted. What is here was measured and checked; the rest is missing.']),
    ...(failed > 0
      ? [`${plural(failed, 'row', 'rows')} failed the check of the output and were left out.`]
      : []),
    ...warnings.map(asSentence),
  ];
}
