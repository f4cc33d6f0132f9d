// SPDX-License-Identifier: MIT
// Debian's oneDNN beside our kernels, in a program of their own (bench/native/onednn.cc) that a
// clone builds where the library is found. The addon never sees it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { binding, thisHost } from '../../lib/binding.js';
import type { Protocol } from './protocol.js';
import type { Row } from './schema.js';
import { rivalUlp } from './session.js';
import { isNoisy, summarize } from './statistics.js';

/** What the program prints, a line for each shape. */
interface Line {
  readonly rows: number;
  readonly n: number;
  readonly samples: { readonly onednn: readonly number[]; readonly auto: readonly number[] };
  readonly ulp: { readonly onednn: number | null; readonly auto: number | null };
}

type Shape = readonly [n: number, target: number];
interface Shapes {
  readonly batches: readonly Shape[];
  readonly sizes: readonly Shape[];
}

const ONEDNN_ISA: Readonly<Record<string, string>> = { avx2: 'AVX2', avx512: 'AVX512_CORE' };
const BATCH_ELEMENTS = 2 ** 16;

/**
 * Nothing where the program was not built, or the run asks for no such shapes; and no more once
 * performance.now() is at `end`.
 */
export async function measureOneDnn(
  { isas, dtypes, sizes, series, algorithms, secondsPerPoint }: Protocol,
  shapes: Shapes,
  end: number,
  signal: AbortSignal,
  report: (what: string) => void,
): Promise<Row[]> {
  const program = join(thisHost().root, 'build', 'bench_onednn');
  if (!existsSync(program) || !algorithms.includes('auto') || !dtypes.includes('float32'))
    return [];
  const largest = Math.max(...sizes);
  const wanted = (['batches', 'sizes'] as const)
    .filter((name) => series.includes(name))
    .flatMap((name) =>
      shapes[name]
        .filter(([n]) => n <= largest)
        .map(([n]) => ({ series: name, n, rows: name === 'sizes' ? 1 : BATCH_ELEMENTS / n })),
    );
  const rows: Row[] = [];
  for (const isa of isas.filter((name) => name in ONEDNN_ISA)) {
    for (const { series: name, n, rows: many } of wanted) {
      const shape = [Math.floor(many), n] as const;
      report(`oneDNN, ${isa}, ${shape.join(' x ')}`);
      if (signal.aborted || performance.now() > end) return rows;
      const line = await runProgram(program, isa, shape, secondsPerPoint / 2, signal);
      if (line !== undefined) rows.push(...rowsOf(line, name, isa));
    }
  }
  return rows;
}

function runProgram(
  program: string,
  isa: string,
  shape: readonly [number, number],
  seconds: number,
  signal: AbortSignal,
): Promise<Line | undefined> {
  const env = { ...process.env, DNNL_MAX_CPU_ISA: ONEDNN_ISA[isa], OMP_NUM_THREADS: '1' };
  const argv = [isa, ...shape, seconds].map(String);
  return new Promise((resolve, reject) => {
    execFile(program, argv, { env, signal }, (error, stdout, stderr) => {
      if (signal.aborted) resolve(undefined);
      else if (error)
        reject(new Error(`bench_onednn ${argv.join(' ')}: ${stderr || error.message}`));
      else resolve(JSON.parse(stdout) as Line);
    });
  });
}

function rowsOf(line: Line, series: Row['series'], isa: string): Row[] {
  return (['onednn', 'auto'] as const).map((name) => {
    const traffic = binding.measure.subjects[0].find((row) => row.name === name);
    const { reads, writes } = traffic ?? { reads: 3, writes: 2 }; // oneDNN: three-pass, reload
    const time = summarize([line.samples[name]]);
    const bytes = 4 * line.rows * line.n;
    const ulp = line.ulp[name];
    return {
      series,
      kind: 'algorithm',
      name,
      process: 'onednn',
      isa,
      dtype: 'float32',
      threads: 1,
      rows: line.rows,
      n: line.n,
      caches: 'warm',
      reads,
      writes,
      plan: null,
      time,
      nsPerElement: time.median / (line.rows * line.n),
      trueGBs: ((reads + writes) * bytes) / time.median,
      effectiveGBs: (2 * bytes) / time.median,
      verified: ulp !== null && ulp <= rivalUlp(line.n),
      errorUlp: ulp,
      noisy: isNoisy(time),
    };
  });
}
