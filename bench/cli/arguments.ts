// SPDX-License-Identifier: MIT
// The command line of `bench`, turned into a protocol.
import { parseArgs } from 'node:util';
import { elements } from '../../lib/dtypes.js';
import { allowedProcessors } from './machine.js';
import { algorithmNames, full, OURS, type Protocol, paper, points, quick } from './protocol.js';
import { CACHES, SERIES } from './schema.js';
import { parse, UsageError } from './usage.js';

export const benchHelp = `Usage: two-pass-softmax bench [options]

Measures the algorithms, their passes and the limits of the memory, by turns on the same buffers,
checks every output, and prints tables and which goals are reached.

  --quick               less than a minute on two cores
  --paper               the protocol of arXiv 2001.04438: n from 1e3 to 3e8, input touched, output cold,
                        one thread and one row for every thread; some 30 minutes and 4 GB
  --sizes <n,...>       row lengths: 1000, 2^20, 3e6
  --algorithms <a,...>  ${algorithmNames.slice(0, 4).join(', ')},
                        ${algorithmNames.slice(4).join(', ')}
  --isas <isa,...>      the kernels to measure; default: all but scalar that this processor can run
  --dtypes <d,...>      ${elements.join(', ')}; default: float32, the only one that
                        rivals, passes and limits know
  --threads <t,...>     default: 1 and as many as there are processors to use
  --series <s,...>      ${SERIES.join(', ')}
  --caches <c>          what a run finds in the caches: ${CACHES.join(', ')}
  --seconds <s>         to spend on a point, in all
  --sweeps <k>          how often to go over all points
  --json <file>         writes the result there too; Ctrl-C leaves what there is by then
  --help

Exit codes: 0 done, 1 a result was wrong or a file could not be written, 2 wrong usage, 130 interrupted.
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const options = {
  quick: flag,
  paper: flag,
  sizes: text,
  algorithms: text,
  isas: text,
  dtypes: text,
  threads: text,
  series: text,
  caches: text,
  seconds: text,
  sweeps: text,
  json: text,
  help: { ...flag, short: 'h' },
} as const;

export interface BenchArguments {
  readonly help: boolean;
  readonly json: string | undefined;
  readonly protocol: Protocol;
}

/** `usable`: the isas of this processor, the preferred one last. */
export function parseBench(argv: readonly string[], usable: readonly string[]): BenchArguments {
  const { values } = parse(() => parseArgs({ args: [...argv], options }));
  if (values.quick && values.paper) throw new UsageError('--quick and --paper exclude each other');
  const base = values.paper ? paper : values.quick ? quick : full;
  const processors = allowedProcessors().length;
  const fast = usable.filter((isa) => isa !== 'scalar');
  const isas = fast.length === 0 ? usable : fast;
  const threads = values.threads
    ? list(values.threads).map((item) => integer('--threads', item, 1, processors))
    : base === paper
      ? [...new Set([1, processors])]
      : [...new Set([1, Math.min(2, processors), processors])];
  const protocol: Protocol = {
    sizes: values.sizes
      ? list(values.sizes)
          .map(length)
          .sort((a, b) => a - b)
      : base.sizes,
    passSizes: base.passSizes,
    algorithms: values.algorithms
      ? among('--algorithms', values.algorithms, algorithmNames)
      : algorithmNames,
    isas: values.isas
      ? among('--isas', values.isas, usable)
      : base === quick
        ? isas.slice(-1)
        : isas,
    dtypes: values.dtypes ? among('--dtypes', values.dtypes, elements) : ['float32'],
    threads,
    series: values.series ? among('--series', values.series, SERIES) : base.series,
    caches: values.caches ? (among('--caches', values.caches, CACHES)[0] ?? 'warm') : base.caches,
    input: base.input,
    secondsPerPoint: values.seconds
      ? number('--seconds', values.seconds, 0.01, 3600)
      : base.secondsPerPoint,
    sweeps: values.sweeps ? integer('--sweeps', values.sweeps, 1, 100) : base.sweeps,
    secondsInAll: base.secondsInAll,
  };
  const { points: all } = points(protocol, protocol.caches, Number.POSITIVE_INFINITY);
  const idle = protocol.dtypes.find((name) => !all.some(({ dtype }) => dtype === name));
  if (idle !== undefined) {
    const known = OURS.join(', ');
    throw new UsageError(`--dtypes: nothing to measure of ${idle}: only ${known} know it, whole`);
  }
  return { help: values.help, json: values.json, protocol };
}

const list = (value: string) => value.split(',').map((item) => item.trim());

function among<T extends string>(option: string, value: string, known: readonly T[]): T[] {
  const wanted = list(value);
  const strange = wanted.find((item) => !known.some((name) => name === item));
  if (strange !== undefined) {
    throw new UsageError(`${option}: expected ${known.join(', ')}, received '${strange}'`);
  }
  return known.filter((name) => wanted.includes(name));
}

function length(item: string): number {
  const [base = '', power] = item.split('^');
  const value = power === undefined ? item : String(Number(base) ** Number(power));
  return integer('--sizes', value, 1, 2 ** 32, item);
}

function integer(option: string, value: string, least: number, most: number, said = value): number {
  const found = number(option, value, least, most, said);
  if (Number.isInteger(found)) return found;
  throw new UsageError(`${option}: expected an integer, received '${said}'`);
}

export function number(
  option: string,
  value: string,
  least: number,
  most: number,
  said = value,
): number {
  const found = value === '' ? Number.NaN : Number(value);
  if (found >= least && found <= most) return found;
  throw new UsageError(`${option}: expected ${least} to ${most}, received '${said}'`);
}
