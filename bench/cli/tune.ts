// SPDX-License-Identifier: MIT
// The `tune` subcommand: sweeps the sizes at which this processor should change its plan, and prints
// the values for its row in native/tables/tuning.h.
import { parseArgs } from 'node:util';
import { binding } from '../../lib/binding.js';
import { number } from './arguments.js';
import { size } from './info.js';
import { machine } from './machine.js';
import { align } from './print.js';
import { ProgressLine } from './progress.js';
import { algorithmsOf, full, type Point, type Protocol } from './protocol.js';
import { describe, Session } from './session.js';
import { parse, UsageError } from './usage.js';

const MIB = 2 ** 20;
const INTERRUPTED = 130;

const tuneHelp = `Usage: two-pass-softmax tune [options]

Finds from which row size on recomputing with streaming stores beats reloading, and from which one
all threads beat one, and prints them as a row of native/tables/tuning.h has them.

  --seconds <s>    to spend on a size; default 2
  --largest <MiB>  row to try; default 256
  --help
`;

interface Way {
  readonly label: string;
  readonly algorithm: string;
  readonly threads: number;
}

/** From which size on is the second way faster? */
interface Question {
  readonly title: string;
  readonly ways: readonly [Way, Way];
  readonly least: number; // bytes
  readonly most: number;
  /** Whether recomputing streams at every size, as it will from the size that is sought. */
  readonly streaming: boolean;
}

/** What both ways took, in ns per element. */
export interface Timing {
  readonly bytes: number;
  readonly first: number;
  readonly second: number;
}

export async function tune(argv: readonly string[]): Promise<number> {
  const options = {
    seconds: { type: 'string', default: '2' },
    largest: { type: 'string', default: '256' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  const { values } = parse(() => parseArgs({ args: [...argv], options }));
  if (values.help) {
    process.stdout.write(tuneHelp);
    return 0;
  }
  const seconds = number('--seconds', values.seconds, 0.01, 3600);
  const largest = number('--largest', values.largest, 1, 4096) * MIB;
  const { cpu, processors, memory } = machine();
  if (3 * largest > memory.free) throw new UsageError(`--largest: ${size(memory.free)} are free`);
  const isa = cpu.isa ?? 'scalar';
  const protocol: Protocol = {
    ...full,
    algorithms: [],
    isas: [isa],
    dtypes: ['float32'],
    threads: [1],
    secondsPerPoint: seconds,
  };

  const stop = new AbortController();
  const abort = () => stop.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  const crossings: (number | undefined)[] = [];
  for (const question of questions(largest, processors.allowed)) {
    const timings = await ask(question, protocol, stop.signal);
    if (stop.signal.aborted) return INTERRUPTED;
    process.stdout.write(`${table(question, timings)}\n\n`);
    crossings.push(crossing(timings));
  }
  process.stdout.write(`${row(`${cpu.microarchitecture}, ${isa}`, crossings)}\n`);
  return 0;
}

function questions(largest: number, processors: number): Question[] {
  const one = (algorithm: string): Way => ({ label: algorithm, algorithm, threads: 1 });
  const threads = (count: number): Way => ({
    label: count === 1 ? '1 thread' : `${count} threads`,
    algorithm: 'auto',
    threads: count,
  });
  return [
    {
      title: 'Recomputing with streaming stores',
      ways: [one('two-pass-reload'), one('two-pass')],
      least: MIB / 2,
      most: largest,
      streaming: true,
    },
    {
      title: 'All threads',
      ways: [threads(1), threads(processors)],
      least: MIB / 16,
      most: Math.min(largest, 16 * MIB),
      streaming: false,
    },
  ];
}

async function ask(
  { title, ways, least, most, streaming }: Question,
  protocol: Protocol,
  signal: AbortSignal,
): Promise<Timing[]> {
  const isa = protocol.isas[0] ?? 'scalar';
  const points = sizes(least, most).map((bytes): Point => {
    const candidates = ways.flatMap(({ algorithm, threads }) =>
      algorithmsOf({ ...protocol, algorithms: [algorithm] }, isa, threads),
    );
    return { series: 'sizes', dtype: 'float32', rows: 1, n: bytes / 4, candidates };
  });
  const progress = new ProgressLine(process.stderr);
  const threads = ways.map((way) => way.threads);
  if (streaming) binding.measure.assume(1);
  try {
    const session = new Session({ ...protocol, threads }, points);
    await session.run(signal, ({ done, point }) =>
      progress.show(done, `${title.toLowerCase()}, ${describe(point)}`),
    );
    const rows = session.rows();
    return points.flatMap(({ n }) => {
      const [first, second] = rows.filter((row) => row.n === n);
      if (!first?.verified || !second?.verified) return [];
      return [{ bytes: 4 * n, first: first.nsPerElement, second: second.nsPerElement }];
    });
  } finally {
    binding.measure.assume();
    progress.end();
  }
}

/** 1, 1.5, 2, 3, 4, 6 ... times the least. */
function sizes(least: number, most: number): number[] {
  const steps = Array.from({ length: 64 }, (_, i) => least * 2 ** (i >> 1) * (i % 2 ? 1.5 : 1));
  return steps.filter((bytes) => bytes <= most);
}

/** The least size from which on the second way was the faster one at every size. */
export function crossing(timings: readonly Timing[]): number | undefined {
  const lost = timings.findLastIndex(({ first, second }) => second >= first);
  return timings[lost + 1]?.bytes;
}

function table({ title, ways }: Question, timings: readonly Timing[]): string {
  const lines = timings.map(({ bytes, first, second }) => [
    size(bytes),
    first.toFixed(3),
    second.toFixed(3),
    (first / second).toFixed(2),
  ]);
  const head = ['one row of', ...ways.map(({ label }) => label), 'ratio'];
  return `${title}, ns per element\n${align([head, ...lines])}`;
}

/** The values as native/tables/tuning.h spells them. */
export function row(where: string, crossings: readonly (number | undefined)[]): string {
  const spelled = crossings.map((bytes) => {
    if (bytes === undefined) return 'SIZE_MAX';
    if (bytes < MIB) return `${bytes / 1024} * kMiB / 1024`;
    return bytes === MIB ? 'kMiB' : `${bytes / MIB} * kMiB`;
  });
  const never = crossings.includes(undefined) ? '\nSIZE_MAX: not at any size tried.' : '';
  return `${where}: in native/tables/tuning.h\n  {${spelled.join(', ')}, "measured"}${never}`;
}
