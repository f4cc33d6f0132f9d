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

/** For every option of `O`, the function that turns what came into what the type promises. */
export type Readers<O> = {
  readonly [K in keyof O]-?: (value: unknown, argument: string) => Exclude<O[K], undefined>;
};

const out = (value: unknown) => value as Output; // what it must be depends on the input

export const rowReaders: Readers<RowOptions> = {
  shape,
  axis: integer,
  temperature,
  fullyMasked: oneOf(fullyMaskedRules),
  dtype: oneOf(halfDtypes),
  isa: oneOf(['auto', ...isas]),
  threads,
};
export const fixedRowReaders: Readers<FixedRowOptions> = {
  ...rowReaders,
  temperature: fixedTemperature,
};
export const mapReaders: Readers<MapOptions<Output>> = { out, ...rowReaders };
export const fixedMapReaders: Readers<FixedMapOptions<Output>> = { out, ...fixedRowReaders };
export const softmaxReaders: Readers<SoftmaxOptions<Output>> = {
  ...mapReaders,
  algorithm: oneOf(algorithms),
};

const { fullyMasked: _, ...distributionReaders } = rowReaders; // from such a row nothing is drawn
export const sampleReaders: Readers<SampleOptions> = {
  ...distributionReaders,
  temperature: (value, argument) => (value === 0 ? value : temperature(value, argument)),
  topK: (value, argument) => atLeast(0, value, argument),
  topP: (value, argument) => within('a number above 0, at most 1', value, argument, (p) => p > 0),
  minP: (value, argument) => within('a number from 0 to 1', value, argument, (p) => p >= 0),
  seed: (value, argument) => atLeast(0, value, argument),
  random,
};

const asyncReaders: Readers<AsyncOptions> = { signal };
export const softmaxAsyncReaders: Readers<SoftmaxOptions<Output> & AsyncOptions> = {
  ...softmaxReaders,
  ...asyncReaders,
};
export const mapAsyncReaders: Readers<MapOptions<Output> & AsyncOptions> = {
  ...mapReaders,
  ...asyncReaders,
};
export const sampleAsyncReaders: Readers<SampleOptions & AsyncOptions> = {
  ...sampleReaders,
  ...asyncReaders,
};

/** The options found. What is not given must not come from Object.prototype. */
class Found {
  [name: string]: unknown;
}
Object.setPrototypeOf(Found.prototype, null);

/** What the caller gave, checked option by option. */
export function readOptions<O extends object>(options: unknown, readers: Readers<O>): O {
  const found = new Found();
  if (options === undefined) return found as O;
  if (!isRecord(options)) {
    throw failure('ERR_INVALID_ARG_TYPE', 'options', 'an object', show(options));
  }
  for (const name of Object.keys(options)) {
    if (!isOption(name, readers)) {
      const expected = `only ${Object.keys(readers).join(', ')}`;
      throw failure('ERR_INVALID_ARG_VALUE', 'options', expected, show(name));
    }
    const value = options[name];
    if (value !== undefined) found[name] = readers[name](value, `options.${name}`);
  }
  return found as O;
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

export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || isRevoked(value)) return false;
  return !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isOption<O>(name: string, readers: Readers<O>): name is keyof O & string {
  return Object.hasOwn(readers, name);
}

function shape(value: unknown, argument: string): readonly number[] {
  if (isRevoked(value) || !Array.isArray(value)) {
    throw failure('ERR_INVALID_ARG_TYPE', argument, 'an array of integers', show(value));
  }
  return Array.from(value, (item: unknown, i) => atLeast(0, item, `${argument}[${i}]`));
}

function integer(value: unknown, argument: string): number {
  return atLeast(Number.MIN_SAFE_INTEGER, value, argument);
}

function atLeast(least: number, value: unknown, argument: string): number {
  const expected = least < 0 ? 'an integer' : `an integer of at least ${least}`;
  if (typeof value !== 'number') {
    throw failure('ERR_INVALID_ARG_TYPE', argument, expected, show(value));
  }
  if (!Number.isSafeInteger(value) || value < least) {
    throw failure('ERR_OUT_OF_RANGE', argument, expected, show(value));
  }
  return value;
}

function temperature(value: unknown, argument: string): number | 'adaptive' {
  const expected = "a positive finite number or 'adaptive'";
  if (value === 'adaptive') return value;
  if (typeof value === 'string') {
    throw failure('ERR_INVALID_ARG_VALUE', argument, expected, show(value));
  }
  if (typeof value !== 'number') {
    throw failure('ERR_INVALID_ARG_TYPE', argument, expected, show(value));
  }
  if (!(value > 0 && Number.isFinite(value))) {
    throw failure('ERR_OUT_OF_RANGE', argument, expected, show(value));
  }
  return value;
}

function fixedTemperature(value: unknown, argument: string): number {
  if (value !== 'adaptive') return temperature(value, argument) as number;
  const expected = 'a number, as there is no whole row of softmax to adapt to';
  throw failure('ERR_INVALID_ARG_VALUE', argument, expected, show(value));
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
  if (typeof value === 'string') return oneOf(['auto'])(value, argument);
  return atLeast(1, value, argument);
}

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
