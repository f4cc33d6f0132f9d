// SPDX-License-Identifier: MIT
import { Numbers } from '../../lib/binding.js';

const none: Readonly<Record<keyof typeof Numbers, number>> = {
  dtype: 0,
  outputDtype: 0,
  outer: 1,
  n: 0,
  inner: 1,
  scale: 1,
  fullyMaskedZeros: 0,
  isa: -1,
  threads: 0,
  algorithm: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  seed: 0,
};

/** The numbers of a native call on rows, those not given being such as they are without options. */
export function numbersOf(given: Partial<typeof none>): Float64Array {
  const numbers = new Float64Array(Object.keys(Numbers).length);
  for (const [name, value] of Object.entries({ ...none, ...given })) {
    numbers[Numbers[name as keyof typeof Numbers]] = value;
  }
  return numbers;
}
