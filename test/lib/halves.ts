// SPDX-License-Identifier: MIT
// The formats of 16 bits by their definition: 5 and 8 bits of exponent.
import type { HalfDtype } from '../../lib/index.js';

interface Format {
  /** Bits of a significand, the first included. */
  readonly precision: number;
  /** The exponent of the least subnormal. */
  readonly least: number;
}
const formats: Record<HalfDtype, Format> = {
  float16: { precision: 11, least: -24 },
  bfloat16: { precision: 8, least: -133 },
};

function fromBits(dtype: HalfDtype, bits: number): number {
  const { precision, least } = formats[dtype];
  const hidden = 2 ** (precision - 1);
  const fraction = bits % hidden;
  const field = Math.floor((bits % 0x8000) / hidden);
  const sign = bits >= 0x8000 ? -1 : 1;
  if (field === 2 ** (16 - precision) - 1) return fraction > 0 ? Number.NaN : sign * Infinity;
  return field === 0
    ? sign * fraction * 2 ** least
    : sign * (hidden + fraction) * 2 ** (least + field - 1);
}

/** The nearest, ties to even; every NaN is one. */
function toBits(dtype: HalfDtype, value: number): number {
  const { precision, least } = formats[dtype];
  const hidden = 2 ** (precision - 1);
  const infinity = (2 ** (16 - precision) - 1) * hidden;
  if (Number.isNaN(value)) return infinity + hidden / 2;
  const magnitude = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  if (magnitude === Infinity) return sign + infinity;
  const last = Math.max(Math.floor(Math.log2(magnitude)) - precision + 1, least);
  const units = magnitude / 2 ** last;
  const whole = Math.floor(units);
  const up = units - whole > 0.5 || (units - whole === 0.5 && whole % 2 === 1);
  return sign + Math.min(whole + Number(up) + (last - least) * hidden, infinity);
}

export const decode = (dtype: HalfDtype, bits: Uint16Array): Float32Array =>
  Float32Array.from(bits, (one) => fromBits(dtype, one));

export const encode = (dtype: HalfDtype, values: Float32Array): Uint16Array =>
  Uint16Array.from(values, (value) => toBits(dtype, value));
