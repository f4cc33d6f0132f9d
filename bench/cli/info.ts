// SPDX-License-Identifier: MIT
// What this package sees of the machine, and how it would go about some shapes.
import { binding } from '../../lib/binding.js';
import { isas } from '../../lib/types.js';
import { machine } from './machine.js';
import { align } from './print.js';

const SHAPES = [
  [4096, 8],
  [512, 128],
  [64, 1000],
  [1, 4096],
  [1, 32_000],
  [1, 151_936],
  [8, 151_936],
  [1, 2 ** 20],
  [1, 2 ** 24],
  [1, 2 ** 27],
] as const;

export function info(): string {
  const { cpu, processors, memory, ...facts } = machine();
  const unknown = (value: unknown) => (value === null ? 'unknown' : String(value));
  const caches = Object.entries(cpu.caches).flatMap(([level, cache]) =>
    cache ? [`${level} ${size(cache.bytes)} (shared by ${cache.sharedBy})`] : [],
  );
  const lines = [
    [
      'processor',
      `${cpu.brand.trim()} (${cpu.vendor}, ${cpu.family}-${cpu.model}-${cpu.stepping})`,
    ],
    ['microarchitecture', cpu.microarchitecture],
    ['microcode', unknown(cpu.microcode)],
    ['caches', caches.join(', ')],
    ['features', cpu.features.join(' ')],
    ['kernels', `${cpu.isas.join(', ')}; chosen: ${unknown(cpu.isa)}`],
    ['processors', `${processors.allowed} of ${processors.online} usable`],
    ['memory', `${size(memory.total)}, ${size(memory.free)} free`],
    ['NUMA nodes', unknown(facts.numaNodes)],
    ['governor', unknown(facts.governor)],
    ['huge pages', unknown(facts.transparentHugePages)],
    ['hypervisor', unknown(facts.hypervisor)],
    ['system', `${facts.kernel}, ${facts.platform}, Node ${process.version}`],
  ];
  return `${align(lines, [0, 1])}\n\n${plans(cpu.isa ?? 'scalar', processors.allowed)}`;
}

function plans(isa: string, threads: number): string {
  const x = new Float32Array(Math.max(...SHAPES.map(([rows, n]) => rows * n)) + 2048); // untouched
  const index = isas.findIndex((name) => name === isa);
  const plan = (rows: number, n: number, bound: number) =>
    binding.measure.plan(x, x, 0, rows, n, Int32Array.from([0, 0, index, bound, 1]))?.[0] ?? '-';
  const lines = SHAPES.map(([rows, n]) => [
    `${rows.toLocaleString('en')} x ${n.toLocaleString('en')}`,
    plan(rows, n, 1),
    ...(threads > 1 ? [plan(rows, n, threads)] : []),
  ]);
  const head = ['rows x n', 'plan, threads: 1', ...(threads > 1 ? [`threads: ${threads}`] : [])];
  return align([head, ...lines], [0, 1, 2]);
}

export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes === 0 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[power]}`;
}
