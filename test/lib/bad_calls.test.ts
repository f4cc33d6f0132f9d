// SPDX-License-Identifier: MIT
// Every bad call that the tables make: a typed error with a code, and nothing written.
import { afterAll, describe, expect, it } from 'vitest';
import * as library from '../../lib/index.js';
import { type BadCall, length, signalCalls, syncCalls, twinCalls } from './bad_calls.js';

const classes: Readonly<Record<string, unknown>> = {
  ERR_INVALID_ARG_TYPE: TypeError,
  ERR_INVALID_ARG_VALUE: TypeError,
  ERR_OUT_OF_RANGE: RangeError,
  ERR_ISA_UNSUPPORTED: Error,
};
const functions = library as unknown as Readonly<Record<string, (...values: unknown[]) => unknown>>;
let counted = 0;

function call({ name, parameters }: BadCall, suffix = ''): unknown {
  return functions[`${name}${suffix}`]?.(...parameters());
}

function thrown(bad: BadCall): unknown {
  try {
    call(bad);
  } catch (error) {
    return error;
  }
  throw new Error(`not refused: ${bad.what}`);
}

async function rejected(bad: BadCall, suffix: string): Promise<unknown> {
  const promise = call(bad, suffix); // where this throws, the test fails
  expect(promise).toBeInstanceOf(Promise);
  return (promise as Promise<unknown>).then(
    () => Promise.reject(new Error(`not refused: ${bad.what}`)),
    (error) => error,
  );
}

function expectTyped(bad: BadCall, error: unknown): void {
  expect(error, bad.what).toBeInstanceOf(Error);
  const { code, message, constructor: errorClass } = error as library.SoftmaxError;
  expect(errorClass, `${bad.what}: ${message}`).toBe(classes[code] ?? `a class for ${code}`);
  expect(message, bad.what).toMatch(/^[\w.[\]]+: expected .+, received .+$/);
  if (bad.out) expect(bad.out, bad.what).toEqual(new Float32Array(length).fill(7));
  counted++;
}

describe('blocking', () => {
  it.each([...new Set(syncCalls.map(({ name }) => name))])('%s', (name) => {
    for (const bad of syncCalls) if (bad.name === name) expectTyped(bad, thrown(bad));
  });
});

describe('by promise: the same error', () => {
  it.each([...new Set(twinCalls.map(({ name }) => name))])('%sAsync', async (name) => {
    for (const bad of twinCalls) {
      if (bad.name !== name) continue;
      const error = await rejected(bad, 'Async');
      expectTyped(bad, error);
      const { message, code } = thrown(bad) as library.SoftmaxError;
      const known = (text: string) => text.replace(', signal', ''); // in the list of the options
      expect({ ...bad, message: known((error as Error).message) }).toEqual({ ...bad, message });
      expect(error).toMatchObject({ code });
    }
  });

  it('signals', async () => {
    for (const bad of signalCalls) expectTyped(bad, await rejected(bad, ''));
  });
});

afterAll(() => {
  process.stdout.write(`bad calls refused: ${counted}\n`);
  expect(counted).toBeGreaterThanOrEqual(500);
});
