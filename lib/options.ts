// SPDX-License-Identifier: MIT
// Reading options: every option is read once, by the reader of its name, before the arrays are
// looked at, because a getter may do anything to them.
import { failure, show } from './errors.js';
import {
  type AsyncOptions,
  algorithms,
  type FixedMapOptions,
  type FixedRowOptions,
  fullyMaskedRules,
  halfDtypes,
  isas,
  type MapOptions,
  type Output,
  type RowOptions,
  type SampleOptions,
  type SoftmaxOptions,
} from './types.js';

type AllOptions = SoftmaxOptions<Output> & SampleOptions & AsyncOptions;

/** What was given for each option there is, checked. */
export type Settings = { -readonly [K in keyof AllOptions]-?: AllOptions[K] | undefined };

/**
 * All of them, so that nothing comes from Object.prototype; undefined, because V8 would compile for
 * the kind of number that stood here, again and again where another comes.
 */
const nothing = (): Settings => ({
  out: undefined,
  shape: undefined,
  axis: undefined,
  temperature: undefined,
  fullyMasked: undefined,
  dtype: undefined,
  isa: undefined,
  threads: undefined,
  algorithm: undefined,
  topK: undefined,
  topP: undefined,
  minP: undefined,
  seed: undefined,
  random: undefined,
  signal: undefined,
});

type Given = { readonly [K in keyof Settings]?: unknown };

/**
 * Turns what came for one option into what its type promises. Properties are named here, in full:
 * to look each up by a name that is a value takes as long as all else.
 */
type Reader = (from: Given, to: Settings) => void;

/** For every option of `O`, its reader. */
export type Readers<O> = { readonly [K in keyof O]-?: Reader };

/** Without a prototype: no other name has a reader. */
const readers = <O>(each: Readers<O>): Readers<O> => Object.assign(Object.create(null), each);

const out: Reader = ({ out: value }, to) => {
  to.out = value as Output | undefined; // what it must be depends on the input
};

export const rowReaders: Readers<RowOptions> = readers({
  shape: ({ shape: value }, to) => {
    if (value !== undefined) to.shape = shape(value, 'options.shape');
  },
  axis: ({ axis: value }, to) => {
    if (value !== undefined) to.axis = atLeast(Number.MIN_SAFE_INTEGER, value, 'options.axis');
  },
  temperature: ({ temperature: value }, to) => {
    if (value !== undefined) to.temperature = temperature(value, 'options.temperature');
  },
  fullyMasked: ({ fullyMasked: value }, to) => {
    if (value !== undefined) to.fullyMasked = fullyMasked(value, 'options.fullyMasked');
  },
  dtype: ({ dtype: value }, to) => {
    if (value !== undefined) to.dtype = dtype(value, 'options.dtype');
  },
  isa: ({ isa: value }, to) => {
    if (value !== undefined) to.isa = isa(value, 'options.isa');
  },
  threads: ({ threads: value }, to) => {
    if (value !== undefined) to.threads = threads(value, 'options.threads');
  },
});

export const fixedRowReaders: Readers<FixedRowOptions> = readers({
  ...rowReaders,
  temperature: ({ temperature: value }, to) => {
    if (value !== undefined) to.temperature = fixedTemperature(value, 'options.temperature');
  },
});
export const mapReaders: Readers<MapOptions<Output>> = readers({ out, ...rowReaders });
export const fixedMapReaders: Readers<FixedMapOptions<Output>> = readers({
  out,
  ...fixedRowReaders,
});
export const softmaxReaders: Readers<SoftmaxOptions<Output>> = readers({
  ...mapReaders,
  algorithm: ({ algorithm: value }, to) => {
    if (value !== undefined) to.algorithm = algorithm(value, 'options.algorithm');
  },
});

const { fullyMasked: _, ...distributionReaders } = rowReaders; // from such a row nothing is drawn
export const sampleReaders: Readers<SampleOptions> = readers({
  ...distributionReaders,
  temperature: ({ temperature: value }, to) => {
    if (value !== undefined) to.temperature = greedyOrTemperature(value, 'options.temperature');
  },
  topK: ({ topK: value }, to) => {
    if (value !== undefined) to.topK = atLeast(0, value, 'options.topK');
  },
  topP: ({ topP: value }, to) => {
    if (value !== undefined) to.topP = topP(value, 'options.topP');
  },
  minP: ({ minP: value }, to) => {
    if (value !== undefined) to.minP = minP(value, 'options.minP');
  },
  seed: ({ seed: value }, to) => {
    if (value !== undefined) to.seed = atLeast(0, value, 'options.seed');
  },
  random: ({ random: value }, to) => {
    if (value !== undefined) to.random = random(value, 'options.random');
  },
});

const asyncReaders: Readers<AsyncOptions> = {
  signal: ({ signal: value }, to) => {
    if (value !== undefined) to.signal = signal(value, 'options.signal');
  },
};
export const softmaxAsyncReaders: Readers<SoftmaxOptions<Output> & AsyncOptions> = readers({
  ...softmaxReaders,
  ...asyncReaders,
});
export const mapAsyncReaders: Readers<MapOptions<Output> & AsyncOptions> = readers({
  ...mapReaders,
  ...asyncReaders,
});
export const sampleAsyncReaders: Readers<SampleOptions & AsyncOptions> = readers({
  ...sampleReaders,
  ...asyncReaders,
});

/** What the caller gave, checked option by option. */
export function readOptions(options: unknown, readers: Readers<unknown>): Settings {
  const settings = nothing();
  if (options === undefined) return settings;
  if (!isRecord(options)) {
    throw failure('ERR_INVALID_ARG_TYPE', 'options', 'an object', show(options));
  }
  const names = Object.keys(options);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const read = (readers as Readonly<Record<string, Reader>>)[name];
    if (read === undefined) {
      const expected = `only ${Object.keys(readers as object).join(', ')}`;
      throw failure('ERR_INVALID_ARG_VALUE', 'options', expected, show(name));
    }
    read(options, settings);
  }
  return settings;
}

/** Of a revoked proxy nothing can be asked. */
export function isRevoked(value: unknown): boolean {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

export function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isRevoked(value)) return false;
  return !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function shape(value: unknown, argument: string): readonly number[] {
  if (isRevoked(value) || !Array.isArray(value)) {
    throw failure('ERR_INVALID_ARG_TYPE', argument, 'an array of integers', show(value));
  }
  return Array.from(value, (item: unknown, i) => atLeast(0, item, `${argument}[${i}]`));
}

function atLeast(least: number, value: unknown, argument: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  const code = typeof value === 'number' ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARG_TYPE';
  const expected = least < 0 ? 'an integer' : `an integer of at least ${least}`;
  throw failure(code, argument, expected, show(value));
}

function temperature(value: unknown, argument: string): number | 'adaptive' {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  if (value === 'adaptive') return value;
  const code =
    typeof value === 'string'
      ? 'ERR_INVALID_ARG_VALUE'
      : typeof value === 'number'
        ? 'ERR_OUT_OF_RANGE'
        : 'ERR_INVALID_ARG_TYPE';
  throw failure(code, argument, "a positive finite number or 'adaptive'", show(value));
}

function fixedTemperature(value: unknown, argument: string): number | 'adaptive' {
  if (value !== 'adaptive') return temperature(value, argument);
  const expected = 'a number, as there is no whole row of softmax to adapt to';
  throw failure('ERR_INVALID_ARG_VALUE', argument, expected, show(value));
}

function greedyOrTemperature(value: unknown, argument: string): number | 'adaptive' {
  return value === 0 ? value : temperature(value, argument);
}

function topP(value: unknown, argument: string): number {
  return within('a number above 0, at most 1', value, argument, (p) => p > 0);
}

function minP(value: unknown, argument: string): number {
  return within('a number from 0 to 1', value, argument, (p) => p >= 0);
}

function within(
  expected: string,
  value: unknown,
  argument: string,
  isHighEnough: (value: number) => boolean,
): number {
  if (typeof value !== 'number') {
    throw failure('ERR_INVALID_ARG_TYPE', argument, expected, show(value));
  }
  if (!(isHighEnough(value) && value <= 1)) {
    throw failure('ERR_OUT_OF_RANGE', argument, expected, show(value));
  }
  return value;
}

function random(value: unknown, argument: string): () => number {
  if (typeof value !== 'function' || isRevoked(value)) {
    throw failure('ERR_INVALID_ARG_TYPE', argument, 'a function', show(value));
  }
  return value as () => number; // what it returns is looked at when it does
}

/** By what it can do: test environments replace the class. */
function signal(value: unknown, argument: string): AbortSignal {
  try {
    const { aborted, addEventListener, removeEventListener } = value as AbortSignal;
    const methods = [addEventListener, removeEventListener];
    if (typeof aborted === 'boolean' && methods.every((method) => typeof method === 'function')) {
      return value as AbortSignal;
    }
  } catch {
    // A property of null, or of a proxy around a signal.
  }
  throw failure('ERR_INVALID_ARG_TYPE', argument, 'an AbortSignal', show(value));
}

function threads(value: unknown, argument: string): number | 'auto' {
  return typeof value === 'string' ? auto(value, argument) : atLeast(1, value, argument);
}

const fullyMasked = oneOf(fullyMaskedRules);
const dtype = oneOf(halfDtypes);
const isa = oneOf(['auto', ...isas]);
const algorithm = oneOf(algorithms);
const auto = oneOf(['auto']);

function oneOf<const T extends string>(names: readonly T[]) {
  return (value: unknown, argument: string): T => {
    const name = names.find((candidate) => candidate === value);
    if (name === undefined) {
      const code = typeof value === 'string' ? 'ERR_INVALID_ARG_VALUE' : 'ERR_INVALID_ARG_TYPE';
      const expected = names.map((candidate) => `'${candidate}'`).join(' or ');
      throw failure(code, argument, expected, show(value));
    }
    return name;
  };
}
