// SPDX-License-Identifier: MIT
// The main loops of the kernels, as the compiler made them, from the disassembly of their objects.
import { spawnSync } from 'node:child_process';

export interface Kernel {
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
export const kernels: readonly Kernel[] = [
  {
    name: 'sum_exp',
    symbol: /^sum_blocks<Window, Plain>/,
    holds: /^vcvtps2pd|^vpmuludq/,
    perVector: exponential,
    reads: 4,
    writes: 0,
  },
  {
    name: 'rows, first pass',
    symbol: /^rows_in_window\(/,
    perVector: exponential,
    reads: 4,
    writes: 4,
  },
  {
    name: 'scale_exp',
    symbol: /^scale_exp_of<Near, Plain>/,
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

/** Elements in a register, and the processors that llvm-mca knows of those that run the kernels. */
export const isas = [
  { isa: 'avx2', lanes: 8, processors: ['broadwell', 'skylake', 'znver2'] },
  { isa: 'avx512', lanes: 16, processors: ['skylake-avx512', 'icelake-server'] },
] as const;

export interface Line {
  readonly address: number;
  readonly text: string;
}

export function run(program: string, args: readonly string[], input = ''): string {
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
export function disassemble(object: string): Map<string, Line[]> {
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
export function mainLoop(
  functions: ReadonlyMap<string, readonly Line[]>,
  { symbol, perVector, holds }: Kernel,
  lanes: number,
): { readonly body: readonly string[]; readonly elements: number } | undefined {
  const lines = [...functions].flatMap(([name, body]) => (symbol.test(name) ? body : []));
  const loops = innermostLoops(lines).map((body) => {
    const vectors = body.filter((text) => perVector.test(text)).length;
    return { body, elements: vectors * lanes };
  });
  return loops
    .filter(({ body, elements }) => elements > 0 && body.some((text) => holds?.test(text) ?? true))
    .sort((a, b) => b.elements - a.elements || a.body.length - b.body.length)[0];
}
