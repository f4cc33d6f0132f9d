// SPDX-License-Identifier: MIT
// Every error of the library: its code, its class, and the one form of its message.
import { inspect } from 'node:util';

/** The stable `code` of an error thrown by this package, in the style of Node's own. */
export type ErrorCode =
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_ISA_UNSUPPORTED'
  | 'ERR_NO_BINARY'
  | 'ERR_INVALID_STATE'
  | 'ERR_QUEUE_FULL';

const classes: Readonly<Record<ErrorCode, ErrorConstructor>> = {
  ERR_INVALID_ARG_TYPE: TypeError,
  ERR_INVALID_ARG_VALUE: TypeError,
  ERR_OUT_OF_RANGE: RangeError,
  ERR_ISA_UNSUPPORTED: Error,
  ERR_NO_BINARY: Error,
  ERR_INVALID_STATE: Error,
  ERR_QUEUE_FULL: Error,
};

/** What this package throws: a `TypeError`, `RangeError` or `Error` with a stable `code`. */
export type SoftmaxError = Error & { readonly code: ErrorCode };

/** An error that says which argument it is about, what was expected there, and what came. */
export function failure(
  code: ErrorCode,
  argument: string,
  expected: string,
  received: string,
): SoftmaxError {
  const error = new classes[code](`${argument}: expected ${expected}, received ${received}`);
  Error.captureStackTrace(error, failure);
  return Object.assign(error, { code });
}

/** A value as an error message shows it: short, on one line, without running the value's code. */
export function show(value: unknown): string {
  return inspect(value, {
    depth: -1,
    customInspect: false,
    showProxy: true,
    maxStringLength: 60,
    breakLength: Number.POSITIVE_INFINITY,
  });
}
