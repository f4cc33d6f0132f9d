// SPDX-License-Identifier: MIT
// The facts about a machine without which its numbers mean nothing.
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { binding } from '../../lib/binding.js';
import type { Machine } from './schema.js';

export function machine(): Machine {
  const { kernels, ...cpu } = binding.cpu();
  const cpuinfo = read('/proc/cpuinfo');
  return {
    cpu: {
      ...cpu,
      features: [...cpu.features],
      isas: [...cpu.isas],
      isa: kernels.float32,
      microcode: microcode(cpuinfo),
    },
    processors: { online: os.cpus().length, allowed: allowedProcessors().length },
    governor: read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    transparentHugePages: hugePages(),
    numaNodes: numaNodes(),
    hypervisor: cpuinfo === null ? null : /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo),
    platform: `${process.platform}-${process.arch}`,
    kernel: `${os.type()} ${os.release()}`,
    memory: { total: os.totalmem(), free: os.freemem() },
    load: os.loadavg() as [number, number, number],
  };
}

/**
 * The processors this process may run on, those first that share no core with one before them: so
 * the first N are N cores as long as there are.
 */
export function allowedProcessors(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(read('/proc/self/status') ?? '')?.[1];
  const allowed = list === undefined ? os.cpus().map((_, i) => i) : parseList(list);
  const cores = new Set<string>();
  const second: number[] = [];
  const first = allowed.filter((cpu) => {
    const siblings = read(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`);
    const core = siblings ?? String(cpu);
    if (cores.has(core)) second.push(cpu);
    return !cores.has(core) && cores.add(core);
  });
  return [...first, ...second];
}

/** '0-2,5' is 0, 1, 2, 5. */
export function parseList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null; // another system, or hidden from us
  }
}

/** Virtual machines often say 0x1 or 0xffffffff, which is no version of anything. */
function microcode(cpuinfo: string | null): string | null {
  const version = /^microcode\s*:\s*(\S+)/m.exec(cpuinfo ?? '')?.[1];
  return version === undefined || /^0x(1|f+)$/i.test(version) ? null : version;
}

function hugePages(): string | null {
  return /\[(\w+)\]/.exec(read('/sys/kernel/mm/transparent_hugepage/enabled') ?? '')?.[1] ?? null;
}

function numaNodes(): number | null {
  try {
    return readdirSync('/sys/devices/system/node').filter((name) => /^node\d+$/.test(name)).length;
  } catch {
    return null;
  }
}
