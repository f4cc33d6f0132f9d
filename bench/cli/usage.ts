// SPDX-License-Identifier: MIT
// What all commands say of wrong usage. Works without the binary.

/** What the user got wrong, said in one line. */
export class UsageError extends Error {}

/** Node's own words for an unknown option, without its advice for option-like values. */
export function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. ')[0] : String(error));
  }
}
