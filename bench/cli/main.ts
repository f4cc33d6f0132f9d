// SPDX-License-Identifier: MIT
// The program `two-pass-softmax`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { writeReport } from '../report/report.js';
import { compare, comparisonTable } from './compare.js';
import { parseResult, type Result } from './schema.js';
import { parse, UsageError } from './usage.js';

interface Command {
  readonly usage: string;
  readonly about: string;
  /** It has options, and prints them where --help is among its arguments. */
  readonly hasHelp?: true;
  /** Returns the exit code. */
  readonly run: (argv: readonly string[]) => Promise<number>;
}

// What needs the binary is loaded when it is called, so that the lack of one is an error like others.
const commands: Readonly<Record<string, Command>> = {
  info: {
    usage: 'info',
    about: 'this machine: processor, caches, kernels, and the plans for some shapes',
    run: async (argv) => {
      positionals(argv, []);
      const { info } = await import('./info.js');
      return print(info());
    },
  },
  bench: {
    usage: 'bench [options]',
    about: 'how fast it is here, beside its rivals and the limits of the memory; see bench --help',
    hasHelp: true,
    run: async (argv) => (await import('./bench.js')).bench(argv),
  },
  tune: {
    usage: 'tune [options]',
    about:
      'the sizes at which this processor should change its plan, for its row of the tuning table',
    hasHelp: true,
    run: async (argv) => (await import('./tune.js')).tune(argv),
  },
  compare: {
    usage: 'compare <a.json> <b.json>',
    about: 'two results of bench, row by row',
    run: async (argv) => {
      const [a, b] = positionals(argv, ['a.json', 'b.json']);
      return print(comparisonTable(compare(await load(a), await load(b))));
    },
  },
  report: {
    usage: 'report <x.json>',
    about: 'a result of bench as one page to open in a browser, written to x.html beside it',
    run: async (argv) => {
      const [file] = positionals(argv, ['x.json']);
      return print(await writeReport(file, await load(file), join(__dirname, 'report')));
    },
  },
};

const help = `Usage: two-pass-softmax <command>

${Object.values(commands)
  .map(({ usage, about }) => `  ${usage.padEnd(26)}${about}`)
  .join('\n')}
  --help, --version
`;

const commandOf = (name = '') => (Object.hasOwn(commands, name) ? commands[name] : undefined);
const isHelp = (argument: string) => argument === '--help' || argument === '-h';

async function main([name = 'help', ...rest]: readonly string[]): Promise<number> {
  if (name === 'help' && rest[0] !== undefined) return main([rest[0], '--help']);
  if (name === 'help' || isHelp(name)) return print(help.trimEnd());
  if (name === '--version') return print(manifest.version);
  const command = commandOf(name);
  if (command === undefined) throw new UsageError(`there is no command '${name}'`);
  if (!command.hasHelp && rest.some(isHelp)) {
    const about = command.about.replace(/^./, (letter) => letter.toUpperCase());
    return print(`Usage: two-pass-softmax ${command.usage}\n\n${about}.`);
  }
  return command.run(rest);
}

/** Exactly the arguments that `names` stand for. */
function positionals<const T extends readonly string[]>(
  argv: readonly string[],
  names: T,
): { [K in keyof T]: string } {
  const { positionals: found } = parse(() =>
    parseArgs({ args: [...argv], allowPositionals: true }),
  );
  if (found.length !== names.length) {
    const wanted = names.length === 0 ? 'no arguments' : names.join(' and ');
    throw new UsageError(`expected ${wanted}, received ${found.length} arguments`);
  }
  return found as { [K in keyof T]: string };
}

async function load(file: string): Promise<Result> {
  try {
    return parseResult(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

const argv = process.argv.slice(2);

function fail(error: unknown): void {
  const usage = error instanceof UsageError;
  const said = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${said.replace(/^(two-pass-softmax: )?/, 'two-pass-softmax: ')}\n`);
  const command = commandOf(argv[0]) === undefined ? '' : `${argv[0]} `;
  if (usage) process.stderr.write(`Try two-pass-softmax ${command}--help.\n`);
  process.exitCode = usage ? 2 : 1;
}

// A reader that has seen enough (`| head`) is no failure; a full disk is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error);
});
process.stderr.on('error', () => undefined);

main(argv).then((code) => {
  process.exitCode ||= code;
}, fail);
