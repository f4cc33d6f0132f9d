// SPDX-License-Identifier: MIT
// Runs before each file of the API suite: if it is meant for another processor, is it there?
import { expect } from 'vitest';
import { cpu } from '../../lib/index.js';
import { expectedProcessor } from './processors.js';

const expected = process.env[expectedProcessor];
if (expected !== undefined) {
  const { isa, microarchitecture } = cpu();
  expect({ isa, microarchitecture }).toEqual(JSON.parse(expected));
}
