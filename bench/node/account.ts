// SPDX-License-Identifier: MIT
// The cycle and byte account of the kernels: what llvm-mca says of their main loops on the processors
// they are meant for, and the bytes that each element moves. With it "close to the limit" is a number.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { table } from './print.js';

interface Kernel {
  readonly name: string;
  /** The function's name in the disassembly, wherever it was inlined. */
  readonly symbol: RegExp;
  /** The instructions of which there is one per vector of elements. */
  readonly perVector: RegExp;
  /** What the loop that is meant holds beside these. */
  readonly holds?: RegExp;
  /** Bytes read and written per element, in the caches or beyond. */
  readonly reads: number;
  readonly writes: number;
}

const exponential = /^vperm[di]/;
const kernels: readonly Kernel[] = [
  {
    name: 'sum_exp',
    symbol: /^sum_blocks<Plain>\(tps::Input const/,
    holds: /^vcvtps2pd/,
    perVector: exponential,
    reads: 4,
    writes: 0,
  },
  {
    name: 'rows, first pass',
    symbol: /^some_rows\(/,
    perVector: exponential,
    reads: 4,
    writes: 4,
  },
  {
    name: 'scale_exp',
    symbol: /^scale_exp(_of<Plain>)?\(tps::Input const/,
    perVector: exponential,
    reads: 4,
    writes: 4,
  },
  {
    name: 'scale',
    symbol: /^scale_block\(float\*, unsigned long, float\)/,
    perVector: /^vmulps/,
    reads: 4,
    writes: 4,
  },
  { name: 'max', symbol: /^largest\(float const/, perVector: /^vmaxps/, reads: 4, writes: 0 },
  { name: 'reduce_max', symbol: /^reduce_max</, perVector: /^vmaxps/, reads: 4, writes: 0 },
  { name: 'reduce_exp', symbol: /^reduce_exp</, perVector: /^vsubps/, reads: 4, writes: 0 },
  {
    name: 'scale_exp_minus',
    symbol: /^scale_exp_minus</,
    perVector: /^vmovu.*\(.*\)$/,
    reads: 4,
    writes: 4,
  },
  {
    name: 'store_exp',
    symbol: /^store_exp</,
    perVector: /^vmovu.*,.*\(.*\)$/,
    reads: 4,
    writes: 4,
  },
  { name: 'scale_by', symbol: /^scale_by</, perVector: /^vmulps/, reads: 4, writes: 4 },
  { name: 'reduce_ext', symbol: /^reduce_ext</, perVector: /^vrnd|^vround/, reads: 4, writes: 0 },
  { name: 'scale_ext', symbol: /^scale_ext</, perVector: /^vrnd|^vround/, reads: 4, writes: 4 },
];

const isas = [
  { isa: 'avx2', lanes: 8, processors: ['broadwell', 'skylake', 'znver2'] },
  { isa: 'avx512', lanes: 16, processors: ['skylake-avx512', 'icelake-server'] },
] as const;

interface Line {
  readonly address: number;
  readonly text: string;
}

function run(program: string, args: readonly string[], input = ''): string {
  const { error, status, stdout } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined || status !== 0) {
    throw new Error(`${program} ${args[0]} failed. On Debian: apt-get install binutils llvm`);
  }
  return stdout;
}

/** The functions of an object file, by their names without "(anonymous namespace)::" and return type. */
function disassemble(object: string): Map<string, Line[]> {
  const functions = new Map<string, Line[]>();
  let lines: Line[] = [];
  for (const line of run('objdump', ['-d', '-C', '--no-show-raw-insn', object]).split('\n')) {
    const header = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (header?.[1] !== undefined) {
      lines = [];
      const name = header[1]
        .replaceAll('(anonymous namespace)::', '')
        .replace(/^[\w: ]+ (?=\w)/, '');
      functions.set(name, lines);
    }
    const [, address, text] = /^\s+([0-9a-f]+):\s+(.*)$/.exec(line) ?? [];
    if (address !== undefined && text !== undefined) {
      lines.push({
        address: Number.parseInt(address, 16),
        text: text.replace(/#.*|<.*>/, '').trim(),
      });
    }
  }
  return functions;
}

/** The innermost loops of a function: what lies between the last jump back to an address and it. */
function innermostLoops(lines: readonly Line[]): readonly (readonly string[])[] {
  const ends = new Map<number, number>();
  for (const { address, text } of lines) {
    const target = Number.parseInt(/^j\w+\s+([0-9a-f]+)/.exec(text)?.[1] ?? 'x', 16);
    if (target <= address) ends.set(target, address);
  }
  const loops = [...ends].map(([from, to]) => ({ from, to }));
  const inner = loops.filter(
    (loop) => !loops.some((o) => o !== loop && o.from >= loop.from && o.to <= loop.to),
  );
  return inner.map(({ from, to }) =>
    lines
      .filter((l) => l.address >= from && l.address < to && !/^j/.test(l.text))
      .map((l) => l.text),
  );
}

/** The loop that takes most elements per turn, with the least instructions, and how many elements. */
function mainLoop(lines: readonly Line[], { perVector, holds }: Kernel, lanes: number) {
  const loops = innermostLoops(lines).map((body) => {
    const vectors = body.filter((text) => perVector.test(text)).length;
    return { body, elements: vectors * lanes };
  });
  return loops
    .filter(({ body, elements }) => elements > 0 && body.some((text) => holds?.test(text) ?? true))
    .sort((a, b) => b.elements - a.elements || a.body.length - b.body.length)[0];
}

/** Cycles that a loop takes on a processor, from the first level cache, in a steady state. */
function cycles(body: readonly string[], processor: string): number {
  const turns = 200;
  const report = run('llvm-mca', [`-mcpu=${processor}`, `-iterations=${turns}`], body.join('\n'));
  return Number(/Total Cycles:\s*(\d+)/.exec(report)?.[1]) / turns;
}

const rows: string[][] = [];
for (const { isa, lanes, processors } of isas) {
  const object = `build/CMakeFiles/kernels_${isa}.dir/native/kernels/kernels.cc.o`;
  if (!existsSync(object)) throw new Error(`no ${object}: npm run build`);
  const functions = disassemble(object);
  for (const kernel of kernels) {
    const lines = [...functions].flatMap(([name, body]) => (kernel.symbol.test(name) ? body : []));
    const loop = mainLoop(lines, kernel, lanes);
    if (loop === undefined) throw new Error(`no loop of ${kernel.name} found for ${isa}`);
    const scale = 16 / loop.elements;
    for (const processor of processors) {
      rows.push([
        isa,
        kernel.name,
        processor,
        `${(loop.body.length * scale).toFixed(1)}`,
        `${(cycles(loop.body, processor) * scale).toFixed(2)}`,
        `${kernel.reads}`,
        `${kernel.writes}`,
      ]);
    }
  }
}
const head = ['isa', 'kernel', 'processor', 'instr/16', 'cycles/16', 'bytes read', 'written'];
console.log('Per sixteen elements in the first level cache, by llvm-mca; bytes are per element.\n');
console.log(table([head, ...rows], 3));
