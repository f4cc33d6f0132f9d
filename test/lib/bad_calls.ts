// SPDX-License-Identifier: MIT
// Tables of what no call may take, and from them every bad call: function x argument x bad value.
import { inspect } from 'node:util';
import * as library from '../../lib/index.js';

type Values = readonly (readonly [what: string, value: () => unknown])[];

const values = (...given: readonly unknown[]): Values =>
  given.map((value) => [inspect(value, { breakLength: 1000 }), () => value]);

export const length = 6;
const bytes = 4 * length;

function detached(): Float32Array {
  const view = new Float32Array(length);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

function outOfBounds(): Float32Array {
  const buffer = new ArrayBuffer(bytes, { maxByteLength: bytes });
  const view = new Float32Array(buffer, 4, length - 1);
  buffer.resize(8);
  return view;
}

function grownWebAssembly(): Float32Array {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const view = new Float32Array(memory.buffer, 0, length);
  memory.grow(1);
  return view;
}

/** For places where only arrays of logits may stand. */
const noArrays: Values = [
  ...values(null, true, 1, 'text', 1n, Symbol('s'), () => 1, {}, { length: 1, 0: 1 }),
  ['ArrayBuffer', () => new ArrayBuffer(bytes)],
  ['SharedArrayBuffer', () => new SharedArrayBuffer(bytes)],
  ['DataView', () => new DataView(new ArrayBuffer(bytes))],
  ['Buffer', () => Buffer.alloc(bytes)],
  ['Int32Array', () => new Int32Array(length)],
  ['BigInt64Array', () => new BigInt64Array(length)],
  ['Uint8ClampedArray', () => new Uint8ClampedArray(length)],
  ['proxy of an array', () => new Proxy(new Float32Array(length), {})],
  ['proxy of a number[]', () => new Proxy([1, 2, 3], {})],
  ['revoked proxy', revoked],
  ['object with its prototype', () => Object.create(Float32Array.prototype)],
  ['detached', detached],
  ['out of bounds', outOfBounds],
  ['of a WebAssembly.Memory that grew', grownWebAssembly],
];

const inputs: Values = [
  ...noArrays,
  ['undefined', () => undefined],
  ['Uint16Array without dtype', () => new Uint16Array(length)],
  ['number[] with a string', () => [1, '2', 3]],
  ['number[] of holes', () => new Array(3)],
  ['number[] with a bigint', () => [1n]],
  ['huge number[] of holes', () => new Array(2 ** 32 - 1)],
];

const outs: Values = [
  ...noArrays,
  ['shorter', () => new Float32Array(length - 1)],
  ['longer', () => new Float32Array(length + 1)],
  ['empty', () => new Float32Array(0)],
  ['Float64Array', () => new Float64Array(length)],
  ['Uint16Array', () => new Uint16Array(length)],
  ['number[]', () => new Array(length).fill(0)],
];

const noFunctions = values(null, '1', 1n, true, [], {}, Symbol('s'));
const notNumbers = [...noFunctions, ...values(() => 1)];
const notStrings = values(null, 1, 1n, true, [], {}, Symbol('s'), () => 1, 'Auto', '');
const outside = values(-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53);
const temperatures: Values = [
  ...notNumbers,
  ...values(-1, Number.NaN, Number.POSITIVE_INFINITY, 1e-46, 1e300, Number.MIN_VALUE),
];

const options: Readonly<Record<string, Values>> = {
  shape: [
    ...values(null, 6, '6', { length: 1, 0: 6 }, true, [], [5], [2, 4], [-6], [-2, -3], [0.5, 12]),
    ...values([6n], ['6'], [null], [Number.NaN], [2 ** 53], [Number.POSITIVE_INFINITY], [[6]]),
    ['Int32Array', () => Int32Array.of(length)],
    ['revoked proxy', revoked],
    ['hole', () => new Array(1)],
  ],
  axis: [...notNumbers, ...values(1, -2, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53)],
  temperature: temperatures,
  dtype: [...notStrings, ...values('float32', 'float16', 'bfloat16')],
  isa: [...notStrings, ...values('sse', 'AVX2', process.arch === 'arm64' ? 'avx2' : 'neon')],
  threads: [...notNumbers, ...outside, ...values(0, 'all')],
};
const mapOptions = {
  ...options,
  out: outs,
  fullyMasked: [...notStrings, ...values('NaN', 'zero', 0)],
};
const sampleOptions = {
  ...options,
  topK: [...notNumbers, ...outside],
  topP: [...notNumbers, ...values(0, -0.1, 1.1, Number.NaN)],
  minP: [...notNumbers, ...values(-0.1, 1.1, Number.NaN)],
  seed: [...notNumbers, ...outside],
  random: [
    ...noFunctions,
    ['revoked proxy of a function', () => revoked(() => 1)] as const,
    ...[1, -0.1, Number.NaN, '0.5', null, undefined].map(
      (value) => [`() => ${String(value)}`, () => () => value] as const,
    ),
  ],
};
const softmaxOptions = { ...mapOptions, algorithm: [...notStrings, ...values('three-pass')] };
const rowOptions = { ...options, fullyMasked: mapOptions.fullyMasked };
const notAdaptive = { temperature: [...temperatures, ...values('adaptive', 0)] };

const signals: Values = [
  ...values(null, true, 1, 'abort', {}, { aborted: false }, [], () => 1),
  ['controller', () => new AbortController()],
  ['EventTarget', () => new EventTarget()],
  ['revoked proxy', revoked],
  ['prototype', () => AbortSignal.prototype],
];

function revoked(of: object = []): unknown {
  const { proxy, revoke } = Proxy.revocable(of, {});
  revoke();
  return proxy;
}

const optionsThemselves: Values = [
  ...values(null, true, 1, 'out', 1n, Symbol('s'), () => 1, [], [1]),
  ...values({ Out: 1 }, { dim: 0 }, { '': 1 }, { constructor: 1 }, { toString: null }),
  ['Float32Array', () => new Float32Array(length)],
  ['revoked proxy', () => revoked({})],
  ['revoked proxy of an array', revoked],
  ['revoked proxy of a function', () => revoked(() => 1)],
];

interface Callee {
  readonly name: keyof typeof library;
  readonly options: Readonly<Record<string, Values>>;
  /** Between the input and the options. */
  readonly middle?: readonly [good: unknown, bad: Values];
}

const sums: Values = [
  ...values(undefined, null, 1, {}, { mantissa: 1 }, { mantissa: '1', exponent: 0 }),
  ...values({ mantissa: 1, exponent: 0.5 }, { mantissa: 3, exponent: 0 }, { exponent: 0 }),
  ['revoked proxy', () => revoked({})],
];
const map = { ...mapOptions, ...notAdaptive };
const callees: readonly Callee[] = [
  { name: 'softmax', options: softmaxOptions },
  { name: 'logSoftmax', options: mapOptions },
  { name: 'stableMax', options: map },
  { name: 'logSumExp', options: rowOptions },
  { name: 'entropy', options: rowOptions },
  { name: 'sumExp', options: { ...rowOptions, ...notAdaptive } },
  { name: 'softmaxFrom', options: map, middle: [{ mantissa: 1, exponent: 3 }, sums] },
  { name: 'topK', options: rowOptions, middle: [1, [...notNumbers, ...outside, ...values(0, 7)]] },
  { name: 'sample', options: sampleOptions },
];

export interface BadCall {
  /** As a message shows it. */
  readonly what: string;
  readonly name: string;
  readonly parameters: () => unknown[];
  /** What must be as it was when the call has failed. */
  readonly out?: Float32Array;
}

const logits = () => Float32Array.of(3, 1, 4, 1, 5, 9);

function* callsOf({ name, options: table, middle }: Callee): Generator<BadCall> {
  const call = (what: string, parameters: () => unknown[], out?: Float32Array): BadCall => ({
    what: `${name}: ${what}`,
    name,
    parameters,
    ...(out && { out }),
  });
  const between = middle === undefined ? [] : [middle[0]];
  for (const [what, value] of inputs) {
    yield call(`input ${what}`, () => [value(), ...between]);
    if ('out' in table) {
      const out = new Float32Array(length).fill(7);
      yield call(`input ${what}, with out`, () => [value(), ...between, { out }], out);
    }
  }
  for (const [what, value] of middle?.[1] ?? []) {
    yield call(`second argument ${what}`, () => [logits(), value()]);
  }
  for (const [what, value] of optionsThemselves) {
    yield call(`options ${what}`, () => [logits(), ...between, value()]);
  }
  for (const [option, bad] of Object.entries(table)) {
    for (const [what, value] of bad) {
      const title = `options.${option} ${what}`;
      yield call(title, () => [logits(), ...between, { [option]: value() }]);
      if (!('out' in table) || option === 'out') continue;
      const out = new Float32Array(length).fill(7);
      yield call(
        `${title}, with out`,
        () => [logits(), ...between, { out, [option]: value() }],
        out,
      );
    }
  }
}

export const syncCalls: readonly BadCall[] = callees.flatMap((callee) => [...callsOf(callee)]);

const asyncCallees = callees.filter(({ name }) => `${name}Async` in library);

/** The bad calls that have a twin. */
export const twinCalls: readonly BadCall[] = asyncCallees.flatMap((callee) => [...callsOf(callee)]);

/** What only the twins take. */
export const signalCalls: readonly BadCall[] = asyncCallees.flatMap(({ name }) =>
  signals.map(([what, value]) => ({
    what: `${name}Async: options.signal ${what}`,
    name: `${name}Async`,
    parameters: () => [logits(), { signal: value() }],
  })),
);
