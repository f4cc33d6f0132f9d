// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { failure, show } from '../../lib/errors.js';

describe('failure', () => {
  it('has one message form', () => {
    const error = failure('ERR_OUT_OF_RANGE', 'options.axis', 'an integer', '0.5');
    expect(error.message).toBe('options.axis: expected an integer, received 0.5');
  });

  it.each([
    ['ERR_INVALID_ARG_TYPE', TypeError],
    ['ERR_INVALID_ARG_VALUE', TypeError],
    ['ERR_OUT_OF_RANGE', RangeError],
    ['ERR_ISA_UNSUPPORTED', Error],
    ['ERR_NO_BINARY', Error],
    ['ERR_INVALID_STATE', Error],
    ['ERR_QUEUE_FULL', Error],
  ] as const)('%s has its class', (code, errorClass) => {
    const error = failure(code, 'a', 'b', 'c');
    expect(error.constructor).toBe(errorClass);
    expect(error.code).toBe(code);
  });

  it('starts its stack where it was asked for', () => {
    expect(failure('ERR_INVALID_STATE', 'a', 'b', 'c').stack).not.toContain('at failure');
  });
});

describe('show', () => {
  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    [-0, '-0'],
    ['auto', "'auto'"],
    [[1, 2], '[Array]'],
    [new Float32Array(3), '[Float32Array]'],
    [new Proxy([], {}), 'Proxy [Array]'],
  ])('%o', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it('is short for long strings, on one line', () => {
    expect(show('x'.repeat(1000)).length).toBeLessThan(100);
    expect(show('a\nb')).toBe("'a\\nb'");
  });

  it('does not run the code of the value', () => {
    const trap = () => {
      throw new Error('ran');
    };
    const value = {
      toString: trap,
      inspect: trap,
      [Symbol.for('nodejs.util.inspect.custom')]: trap,
    };
    expect(show(value)).toBe('[Object]');
    expect(show(new Proxy({}, { get: trap, ownKeys: trap, getPrototypeOf: trap }))).toMatch(
      /^Proxy/,
    );
  });
});
