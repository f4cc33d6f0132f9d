// SPDX-License-Identifier: MIT
// The cycle and byte account of the kernels: what llvm-mca says of their main loops on the processors
// they are meant for, and the bytes that each element moves. With it "close to the limit" is a number.
import { existsSync } from 'node:fs';
import { disassemble, isas, kernels, mainLoop, run } from './kernel_loops.js';
import { table } from './print.js';

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
    const loop = mainLoop(functions, kernel, lanes);
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
