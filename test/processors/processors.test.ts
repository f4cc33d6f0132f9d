// SPDX-License-Identifier: MIT
// The native suite and the API suite as other processors: first that the right kernels are chosen,
// then that they run there and return the bits they return here.
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectedProcessor, type Processor, processors } from './processors.js';

const root = join(__dirname, '..', '..');
const preload = join(root, 'build', 'cpuid_fault.so');
const nativeTests = join(root, 'build', 'native_tests');
const vitest = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--configLoader=runner'];

const nativeFilters = ['cpu_', 'caches_', 'dispatch_', 'reference_outputs', 'passes_of'];

interface Means {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What of the native tests. */
  readonly native: readonly string[];
  /** Options of Node, then of vitest, for the API suite. */
  readonly node: readonly string[];
  readonly suite: readonly string[];
}

function meansOf({ name, by }: Processor): Means {
  if (by === 'claim') {
    const env = { LD_PRELOAD: preload, TPS_PROCESSOR: name };
    // The system knows the real processor.
    return { command: [], env, native: ['--skip', 'cpu_of_this_machine'], node: [], suite: [] };
  }
  return {
    command: ['qemu-x86_64', '-cpu', name],
    env: {},
    // Not the accuracy, which the bits imply, and not the guard pages: qemu 7.2 reads what
    // vmaskmovps masks out.
    native: ['--quick', ...nativeFilters.flatMap((name) => ['--filter', name])],
    // It loses a race now and then when one thread writes code while another runs: so as few
    // threads and as little code as can be.
    node: ['--single-threaded', '--no-opt'],
    suite: ['--maxWorkers=1', 'test/lib/softmax', 'test/lib/cpu'],
  };
}

interface Outcome {
  /** The exit code, or the name of the signal that ended it. */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program as `processor`; without one, as this machine's. */
function run(program: readonly string[], processor?: Processor): Promise<Outcome> {
  const { command, env } = processor ? meansOf(processor) : { command: [], env: {} };
  const [file = '', ...rest] = [...command, ...program];
  const { isa, microarchitecture } = processor ?? {};
  const expected = processor && { [expectedProcessor]: JSON.stringify({ isa, microarchitecture }) };
  const options = {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...expected, ...env },
    maxBuffer: 2 ** 26,
  };
  return new Promise((resolve, reject) => {
    const child = execFile(file, rest, options, (_, stdout, stderr) => {
      resolve({
        status: child.signalCode ?? child.exitCode ?? 'not run',
        stdout,
        // What qemu cannot do is said by each thread anew.
        stderr: stderr.replace(/^qemu-x86_64: warning: .*\n/gm, ''),
      });
    });
    child.on('error', reject);
  });
}

function why({ name, by }: Processor): string {
  if (by === 'emulation') return '';
  const probe = spawnSync('/bin/true', {
    env: { LD_PRELOAD: preload, TPS_PROCESSOR: name },
    encoding: 'utf8',
  });
  return probe.status === 0 ? '' : probe.stderr.trim();
}

/** The lines `reference outputs <hash> <isa>` of a run. */
const hashes = (stdout: string) =>
  [...stdout.matchAll(/reference outputs (\w+) (\w+)/g)].map(([, hash, isa]) => ({ hash, isa }));

const here = hashes((await run([nativeTests, '--filter', 'reference_outputs'])).stdout);

describe.concurrent.each([...processors])('$name, by $by', (processor) => {
  const { name, isa, microarchitecture } = processor;
  const obstacle = why(processor);
  const { native, node, suite } = meansOf(processor);

  /** Of the isas up to the one chosen; the same hash throughout. */
  const expectSameOutputs = (stdout: string) => {
    const there = hashes(stdout);
    expect(there.at(-1)?.isa).toBe(isa);
    expect(here).toEqual(expect.arrayContaining(there));
  };

  it('passes the native tests', async ({ skip }) => {
    if (obstacle) skip(obstacle);
    const { status, stdout, stderr } = await run([nativeTests, ...native], processor);
    expect(stdout).toMatch(new RegExp(`^isa ${isa} on ${microarchitecture}, `));
    expect(stderr).toBe('');
    expect(stdout).not.toMatch(/^FAILED/m);
    expect(status).toBe(0);
    expectSameOutputs(stdout);
    console.log(`${name}: ${/.*$/.exec(stdout.trim())}, chosen by ${native.join(' ')}`);
  });

  // Again only where it was the emulator that died: of SIGSEGV, while a kernel that the processor
  // lacks dies of SIGILL. A fault of ours is there each time.
  const retry = { count: 2, condition: /^expected 'qemu: uncaught target signal 11/ };
  it('passes the API suite', { retry }, async ({ skip }) => {
    if (obstacle) skip(obstacle);
    const lib = ['--project=lib', '--pool=threads', '--testTimeout=120000', ...suite];
    const program = [process.execPath, ...node, ...vitest, ...lib];
    const { status, stdout, stderr } = await run(program, processor);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^ +Tests +\d+ passed/m);
    expect(status).toBe(0);
    expectSameOutputs(stdout);
    console.log(`${name}: ${/^ +Tests +(.*)$/m.exec(stdout)?.[1]}`);
  });
});
