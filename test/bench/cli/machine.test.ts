// SPDX-License-Identifier: MIT
import os from 'node:os';
import { expect, it } from 'vitest';
import { allowedProcessors, machine, parseList } from '../../../bench/cli/machine.js';

it('reads lists of processors as Linux writes them', () => {
  expect(parseList('0-2,5')).toEqual([0, 1, 2, 5]);
  expect(parseList('7')).toEqual([7]);
});

it('knows the processors of this process, each once', () => {
  const found = allowedProcessors();
  expect(found.length).toBeGreaterThan(0);
  expect(new Set(found).size).toBe(found.length);
});

it('describes this machine', () => {
  const { cpu, processors, memory, kernel } = machine();
  expect(cpu.isas).toContain(cpu.isa);
  expect(processors.allowed).toBeLessThanOrEqual(processors.online);
  expect(memory.total).toBe(os.totalmem());
  expect(kernel).toContain(os.release());
});
