// SPDX-License-Identifier: MIT
// Numbers as people read them. Used in the page and in the browser.

const SUPERSCRIPTS = [...'⁰¹²³⁴⁵⁶⁷⁸⁹'];
const superscript = (n: number) =>
  [...String(n)].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');

export const whole = (n: number): string => n.toLocaleString('en-US');

/** 2²⁰ for powers of two, 3·10⁸ for round decimals, digits for the rest. */
export function size(n: number): string {
  const two = Math.log2(n);
  if (n >= 16 && Number.isInteger(two)) return `2${superscript(two)}`;
  const ten = Math.floor(Math.log10(n));
  const lead = n / 10 ** ten;
  if (ten < 3 || !Number.isInteger(lead)) return whole(n);
  return `${lead === 1 ? '' : `${lead}·`}10${superscript(ten)}`;
}

/** n = 2²⁰, on one line. */
export const at = (n: number): string => `n\u00a0=\u00a0${size(n)}`;

/** Three significant digits, never in scientific notation. */
export function digits(value: number): string {
  if (value === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', {
    minimumFractionDigits: Math.min(decimals, 4),
    maximumFractionDigits: Math.min(decimals, 4),
  });
}

export const times = (ratio: number): string => `${ratio.toFixed(2)}×`;
export const percent = (share: number): string => `${Math.round(share)}\u00a0%`;

const choose = (value: number, base: number, units: readonly string[]) => {
  const step = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log(value) / Math.log(base) + 1e-9)),
  );
  const scaled = value / base ** step;
  return `${Number.isInteger(scaled) ? scaled : digits(scaled)}\u00a0${units[step]}`;
};

export const bytes = (n: number): string => choose(n, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
export const duration = (ns: number): string => choose(ns, 1000, ['ns', 'µs', 'ms', 's']);
