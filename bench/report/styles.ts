// SPDX-License-Identifier: MIT
// The lines of the charts: what stands for whom, in every chart and legend alike. The colours are
// custom properties of page.css, one set for light and one for dark; dashes tell lines of one
// colour apart, and help where colours do not.

export interface Style {
  label: string;
  colour: string;
  width: number;
  dash?: string;
}

export const STYLES = {
  auto: { label: 'auto, ours', colour: 'var(--ours)', width: 2.75 },
  'two-pass': { label: 'two-pass, ours', colour: 'var(--ours)', width: 1.25 },
  'two-pass-reload': {
    label: 'two-pass reload, ours',
    colour: 'var(--ours)',
    width: 1.25,
    dash: '5 3',
  },
  'equipped-three-pass': {
    label: 'three-pass, equipped as ours',
    colour: 'var(--equipped)',
    width: 1.75,
  },
  'paper-two-pass': { label: 'two-pass, as published', colour: 'var(--paper)', width: 1.75 },
  'three-pass-recompute': { label: 'three-pass recompute', colour: 'var(--three)', width: 1.75 },
  'three-pass-reload': {
    label: 'three-pass reload',
    colour: 'var(--three)',
    width: 1.75,
    dash: '5 3',
  },
  online: { label: 'online', colour: 'var(--online)', width: 1.75, dash: '1.5 3' },
  onednn: { label: 'oneDNN', colour: 'var(--onednn)', width: 1.75 },
  ideal: { label: 'one thread, multiplied', colour: 'var(--muted)', width: 1.25, dash: '2 3' },
  'roof-two': { label: 'limit of two passes', colour: 'var(--roof)', width: 1.5 },
  'roof-three': { label: 'limit of three passes', colour: 'var(--roof)', width: 1.5, dash: '5 3' },
  'roof-read': { label: 'best read sweep', colour: 'var(--roof)', width: 1.5 },
  'roof-copy': { label: 'best copy', colour: 'var(--roof)', width: 1.5, dash: '5 3' },
  float32: { label: 'float32', colour: 'var(--ours)', width: 2.75 },
  float16: { label: 'float16', colour: 'var(--size-1)', width: 1.75 },
  bfloat16: { label: 'bfloat16', colour: 'var(--size-1)', width: 1.75, dash: '5 3' },
  float64: { label: 'float64', colour: 'var(--size-4)', width: 1.75 },
  claim: {
    label: 'published by the paper, at most',
    colour: 'var(--paper)',
    width: 1.25,
    dash: '6 3',
  },
  promise: { label: 'promised, at most', colour: 'var(--ours)', width: 1.25, dash: '6 3' },
  'size-1': { label: '', colour: 'var(--size-1)', width: 1 },
  'size-2': { label: '', colour: 'var(--size-2)', width: 1 },
  'size-3': { label: '', colour: 'var(--size-3)', width: 1 },
  'size-4': { label: '', colour: 'var(--size-4)', width: 1 },
} as const satisfies Record<string, Style>;

export type StyleId = keyof typeof STYLES;
export const isStyle = (id: string): id is StyleId => Object.hasOwn(STYLES, id);
/** The order of legends. */
export const ORDER: readonly StyleId[] = Object.keys(STYLES).filter(isStyle);
export const styleOf = (id: StyleId): Style => STYLES[id];

/** Algorithms in the order of legends and tables: ours, then rivals. */
export const ALGORITHMS = [
  'auto',
  'two-pass',
  'two-pass-reload',
  'equipped-three-pass',
  'paper-two-pass',
  'three-pass-recompute',
  'three-pass-reload',
  'online',
  'onednn',
] as const satisfies readonly StyleId[];
export type Algorithm = (typeof ALGORITHMS)[number];

export const OURS: readonly Algorithm[] = ['auto', 'two-pass', 'two-pass-reload'];
export const PUBLISHED_THREE_PASS: readonly Algorithm[] = [
  'three-pass-recompute',
  'three-pass-reload',
];
