// SPDX-License-Identifier: MIT
// The figures, in the order of the page.
import type { Result } from '../../cli/schema.js';
import type { Figure } from '../chart.js';
import { accuracy } from './accuracy.js';
import { bySize } from './by_size.js';
import { passes } from './passes.js';
import { speedup } from './speedup.js';
import { threads } from './threads.js';
import { types } from './types.js';

export function figures(result: Result): Figure[] {
  const { effective, time, moved, batches } = bySize(result);
  return [
    effective,
    speedup(result),
    time,
    moved,
    batches,
    passes(result),
    threads(result),
    accuracy(result),
    ...types(result),
  ];
}
