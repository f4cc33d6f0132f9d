// SPDX-License-Identifier: MIT

/** In the order of lib/arguments.ts and native/binding_arguments.h. */
const none = {
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
  uniform: -1,
  // Room for the results of one row.
  index: 7,
  probability: 7,
  logProbability: 7,
};

/** The numbers of a native call on rows, those not given being such as they are without options. */
export function numbersOf(given: Partial<typeof none>): Float64Array {
  return Float64Array.from(Object.values({ ...none, ...given }));
}
