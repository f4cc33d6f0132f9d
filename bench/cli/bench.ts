// SPDX-License-Identifier: MIT
// The `bench` subcommand: measure, judge, print, store.
import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { benchHelp, parseBench } from './arguments.js';
import { judge, oneDnnShapes } from './goals.js';
import { size } from './info.js';
import { machine } from './machine.js';
import { measureOneDnn } from './onednn.js';
import { tables } from './print.js';
import { ProgressLine } from './progress.js';
import { type Point, type Protocol, points } from './protocol.js';
import { FORMAT, type Machine, type Result, type Row, VERSION } from './schema.js';
import { describe, Session } from './session.js';
import { UsageError } from './usage.js';

const INTERRUPTED = 130;
const MEMORY = 0.8; // the part of what is free that the buffers may take

export async function bench(argv: readonly string[]): Promise<number> {
  const here = machine();
  const { help, json, protocol } = parseBench(argv, here.cpu.isas);
  if (help) {
    process.stdout.write(benchHelp);
    return 0;
  }
  if (json !== undefined) await writable(json);

  const started = new Date();
  const stop = new AbortController();
  const abort = () => stop.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  const { rows, warnings } = await measure(protocol, here, stop.signal);
  process.off('SIGINT', abort).off('SIGTERM', abort);

  const complete = !stop.signal.aborted;
  const result: Result = {
    format: FORMAT,
    version: VERSION,
    package: manifest.version,
    node: process.version,
    command: ['bench', ...argv].join(' '),
    started: started.toISOString(),
    seconds: (Date.now() - started.getTime()) / 1000,
    complete,
    protocol: {
      caches: protocol.caches,
      input: protocol.input,
      secondsPerPoint: protocol.secondsPerPoint,
      sweeps: protocol.sweeps,
    },
    machine: here,
    rows,
    goals: judge(rows),
    warnings,
  };
  if (json !== undefined) await store(json, result);
  process.stdout.write(`${tables(result)}\n`);
  if (!complete) return INTERRUPTED;
  return rows.every(({ verified }) => verified) ? 0 : 1;
}

interface Outcome {
  readonly rows: Row[];
  readonly warnings: string[];
}

async function measure(protocol: Protocol, here: Machine, signal: AbortSignal): Promise<Outcome> {
  const { points: all, left } = points(protocol, protocol.caches, MEMORY * here.memory.free);
  const progress = new ProgressLine(process.stderr);
  const end = performance.now() + 1000 * protocol.secondsInAll;
  const session = new Session(protocol, all);
  const inTime = await session.run(signal, ({ done, point }) =>
    progress.show(done, describe(point)),
  );
  const peer = await measureOneDnn(protocol, oneDnnShapes, end, signal, (what) =>
    progress.show(1, what),
  );
  progress.end();
  const rows = [...session.rows(), ...peer];
  const cut = inTime ? [] : [`cut short after ${protocol.secondsInAll} s`];
  return { rows, warnings: [...cut, ...warningsOf(rows, left, here)] };
}

function warningsOf(rows: readonly Row[], left: readonly Point[], here: Machine): string[] {
  const noisy = rows.filter((row) => row.noisy).length;
  const [load] = here.load;
  return [
    ...left.map(
      (point) => `${describe(point)} left out: too little of ${size(here.memory.free)} free`,
    ),
    ...(noisy > rows.length / 10
      ? [
          `the machine is noisy: ${noisy} of ${rows.length} rows cannot tell a difference of a tenth`,
        ]
      : []),
    ...(load > 0.5 * here.processors.allowed
      ? [`something else was running when this began (load ${load.toFixed(1)})`]
      : []),
    ...(here.governor !== null && here.governor !== 'performance'
      ? [`the clock follows the load (governor ${here.governor})`]
      : []),
  ];
}

async function writable(file: string): Promise<void> {
  const folder = dirname(file);
  await access(folder, constants.W_OK).catch(() => {
    throw new UsageError(`--json: there is no folder ${folder} to write in`);
  });
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new UsageError(`--json: ${file} is a folder`);
}

/** All or nothing: a result that was there before survives a failure. Six digits are plenty. */
async function store(file: string, result: Result): Promise<void> {
  const { rows, ...head } = result;
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  const line = (value: unknown) => JSON.stringify(value, rounded);
  const text = [
    ...Object.entries(head).map(([name, value]) => `  ${line(name)}: ${line(value)},`),
    `  "rows": [\n${rows.map((row) => `    ${line(row)}`).join(',\n')}\n  ]`,
  ].join('\n');
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `{\n${text}\n}\n`);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
