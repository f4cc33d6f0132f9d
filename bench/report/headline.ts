// SPDX-License-Identifier: MIT
// The few numbers a reader takes away, from the widest isa and the longest row of the file.
import type { Result } from '../cli/schema.js';
import { worstError } from './figures/accuracy.js';
import { CLAIMS, speedups } from './figures/speedup.js';
import { at, percent, times } from './format.js';
import { limitNs, named, settings, sizes } from './rows.js';

export interface Takeaway {
  value: string;
  text: string;
}

export function headline(result: Result): Takeaway[] {
  const [widest] = settings(result, 'sizes', 1);
  const numbers: Takeaway[] = [];
  if (widest) {
    const { title, isa, rows } = widest;
    const claim = CLAIMS[isa];
    const n = Math.max(...sizes(named(rows, ['auto'])));
    const where = (noisy = false) => `${at(n)}, ${title}${noisy ? ', noisy' : ''}`;
    const [own] = named(rows, ['auto'], n);
    const gain = speedups(rows)[0]?.points.find(({ x }) => x === n);
    const limit = limitNs(rows, n, 2);
    if (gain)
      numbers.push({
        value: times(gain.y),
        text: `as fast as the best published three-pass, ${where(gain.noisy)}${claim ? ` (paper:\u00a0up\u00a0to\u00a0${times(claim)})` : ''}`,
      });
    if (own && limit)
      numbers.push({
        value: percent((100 * limit) / own.nsPerElement),
        text: `of the memory’s limit, ${where(own.noisy)}`,
      });
  }
  const worst = worstError(result);
  if (worst !== undefined)
    numbers.push({ value: `${worst.toFixed(2)} ULP`, text: 'worst error of any size' });
  return numbers;
}
