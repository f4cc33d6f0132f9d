// SPDX-License-Identifier: MIT
// What softmax() refuses, and how it reads its options.
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { type SoftmaxOptions, softmax } from '../../lib/index.js';
import { logits } from './reference.js';

const call = (...values: unknown[]): unknown => Reflect.apply(softmax, undefined, values);
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({
    code,
    name: { ERR_OUT_OF_RANGE: 'RangeError', ERR_ISA_UNSUPPORTED: 'Error' }[code] ?? 'TypeError',
    message: expect.stringMatching(message),
  });

const TYPE = 'ERR_INVALID_ARG_TYPE';
const VALUE = 'ERR_INVALID_ARG_VALUE';
const RANGE = 'ERR_OUT_OF_RANGE';

describe('input', () => {
  it.each([
    [undefined, /received undefined$/],
    [null, /received null$/],
    [1, /received 1$/],
    ['1,2', /received '1,2'$/],
    [{ length: 2, 0: 1, 1: 2 }, /received \[Object\]$/],
    [new BigInt64Array(2), /received \[BigInt64Array\]$/],
    [new ArrayBuffer(8), /received \[ArrayBuffer\]$/],
    [new DataView(new ArrayBuffer(8)), /received \[DataView\]$/],
    [Buffer.alloc(8), /received .*\(new Float32Array\(b\.buffer, b\.byteOffset, b\.length \/ 4\)/],
    [new Proxy(new Float32Array(2), {}), /received Proxy .* \(of a tensor, pass its data\)$/],
    [new (class Tensor {})(), /received Tensor \{\} \(of a tensor, pass its data\)$/],
    ['Tensor', /received 'Tensor'$/],
    [Object.create(Float32Array.prototype), /received /],
    [() => 1, /received \[Function/],
    [Symbol('x'), /received Symbol\(x\)$/],
  ])('%o', (input, message) => {
    expect(() => call(input)).toThrow(
      refusal(TYPE, /^input: expected one of Float32Array, Float64Array, .*, received /),
    );
    expect(() => call(input)).toThrow(message);
    expect(() => call(input, { out: new Float32Array(2) })).toThrow(refusal(TYPE, /^input: /));
  });
});

describe('options', () => {
  it.each([null, 1, 'out', true, [], [new Float32Array(4)], new Float32Array(4), () => 1])(
    '%o',
    (options) => {
      expect(() => call(logits(4), options)).toThrow(
        refusal(TYPE, /^options: expected an object, /),
      );
    },
  );

  it.each([
    ['Out', 0],
    ['dim', 0],
    ['', 0],
    ['constructor', 0],
    ['signal', undefined],
    ['__proto__', {}],
  ])('unknown name %o', (name, value) => {
    const options = JSON.parse(`{ ${JSON.stringify(name)}: ${JSON.stringify(value ?? null)} }`);
    const message = new RegExp(
      `^options: expected only out, shape, .*algorithm, received '${name}'$`,
    );
    expect(() => call(logits(4), options)).toThrow(refusal(VALUE, message));
    expect(() => call(logits(4), { out: new Float32Array(4), ...options, [name]: 1 })).toThrow(
      refusal(VALUE, message),
    );
  });
});

const over = (length: number) => new Float32Array(length);
const detached = over(4);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

describe('option', () => {
  const cases: [name: keyof SoftmaxOptions, value: unknown, code: string, message: RegExp][] = [
    ...[
      'out',
      'shape',
      'axis',
      'temperature',
      'fullyMasked',
      'dtype',
      'algorithm',
      'isa',
      'threads',
    ].flatMap((name) =>
      [null, {}, true, Symbol('s'), () => 1].map(
        (value): [keyof SoftmaxOptions, unknown, string, RegExp] => [
          name as keyof SoftmaxOptions,
          value,
          TYPE,
          / received /,
        ],
      ),
    ),
    ['out', [0, 0, 0, 0], TYPE, /expected a Float32Array, as the input is, received \[Array\]$/],
    ['out', new Float64Array(4), TYPE, /received \[Float64Array\]$/],
    ['out', new Int32Array(4), TYPE, /received \[Int32Array\]$/],
    ['out', Buffer.alloc(16), TYPE, /received /],
    ['out', new DataView(new ArrayBuffer(16)), TYPE, /received \[DataView\]$/],
    ['out', new Proxy(over(4), {}), TYPE, /received Proxy/],
    ['out', over(3), VALUE, /expected 4 elements, as the input has, received 3$/],
    ['out', over(5), VALUE, /received 5$/],
    ['out', over(0), VALUE, /received 0$/],
    [
      'out',
      detached,
      VALUE,
      /expected a view inside its buffer, received one whose buffer was detached/,
    ],
    ['shape', 4, TYPE, /expected an array of integers, received 4$/],
    ['shape', '4', TYPE, /received '4'$/],
    ['shape', Int32Array.of(4), TYPE, /received \[Int32Array\]$/],
    [
      'shape',
      ['4'],
      TYPE,
      /^options\.shape\[0\]: expected an integer of at least 0, received '4'$/,
    ],
    ['shape', [4n], TYPE, /received 4n$/],
    ['shape', [4, null], TYPE, /^options\.shape\[1\]: .* received null$/],
    ['shape', new Array(1), TYPE, /^options\.shape\[0\]: .* received undefined$/],
    ['shape', [-4], RANGE, /^options\.shape\[0\]: .* received -4$/],
    ['shape', [-2, -2], RANGE, /received -2$/],
    ['shape', [0.5, 8], RANGE, /received 0\.5$/],
    ['shape', [Number.NaN], RANGE, /received NaN$/],
    ['shape', [2 ** 53], RANGE, /received 9007199254740992$/],
    ['shape', [5], VALUE, /whose product is the input's length 4, received \[5\]$/],
    ['shape', [2, 3], VALUE, /received \[2, 3\]$/],
    ['shape', [], VALUE, /received \[\]$/],
    ['axis', '0', TYPE, /expected an integer, received '0'$/],
    ['axis', 0n, TYPE, /received 0n$/],
    ['axis', [0], TYPE, /received \[Array\]$/],
    ['axis', 0.5, RANGE, /received 0\.5$/],
    ['axis', Number.NaN, RANGE, /received NaN$/],
    ['axis', 1, RANGE, /expected an integer in \[-1, 0\], received 1$/],
    ['axis', -2, RANGE, /received -2$/],
    ['temperature', '1', VALUE, /expected a positive finite number or 'adaptive', received '1'$/],
    ['temperature', 'Adaptive', VALUE, /received 'Adaptive'$/],
    ['temperature', 1n, TYPE, /received 1n$/],
    ['temperature', 0, RANGE, /received 0$/],
    ['temperature', -0, RANGE, /received -0$/],
    ['temperature', -1, RANGE, /received -1$/],
    ['temperature', Number.NaN, RANGE, /received NaN$/],
    ['temperature', Number.POSITIVE_INFINITY, RANGE, /received Infinity$/],
    ['temperature', 1e-39, RANGE, /with a finite reciprocal above 0, received 1e-39$/],
    ['temperature', Number.MIN_VALUE, RANGE, /received 5e-324$/],
    ['temperature', 1e50, RANGE, /received 1e\+50$/],
    ['fullyMasked', 'zero', VALUE, /expected 'nan' or 'zeros', received 'zero'$/],
    ['fullyMasked', 0, TYPE, /received 0$/],
    ['dtype', 'float32', VALUE, /expected 'float16' or 'bfloat16', received 'float32'$/],
    ['dtype', 'float16', VALUE, /expected nothing beside a Float32Array, received 'float16'$/],
    [
      'algorithm',
      'three-pass',
      VALUE,
      /expected 'auto' or 'two-pass' or .* received 'three-pass'$/,
    ],
    ['algorithm', 0, TYPE, /received 0$/],
    ['isa', 'AVX2', VALUE, /expected 'auto' or 'scalar' or .* received 'AVX2'$/],
    ['isa', '', VALUE, /received ''$/],
    ['isa', ['avx2'], TYPE, /received \[Array\]$/],
    ['threads', 'all', VALUE, /expected 'auto', received 'all'$/],
    ['threads', '2', VALUE, /received '2'$/],
    ['threads', 0, RANGE, /expected an integer of at least 1, received 0$/],
    ['threads', -1, RANGE, /received -1$/],
    ['threads', 1.5, RANGE, /received 1\.5$/],
    ['threads', Number.POSITIVE_INFINITY, RANGE, /received Infinity$/],
    ['threads', 2n, TYPE, /received 2n$/],
  ];

  it.each(cases)('%s: %o', (name, value, code, message) => {
    const out = over(4).fill(7);
    const options = name === 'out' ? { out: value } : { out, [name]: value };
    const argument = new RegExp(`^options\\.${name}`);
    expect(() => call(logits(4), options)).toThrow(refusal(code, argument));
    expect(() => call(logits(4), options)).toThrow(message);
    expect(() => call(logits(4), { ...options, threads: 1, [name]: value })).toThrow(message);
    expect(out).toEqual(over(4).fill(7));
  });

  it('dtype and axis are checked for empty input too', () => {
    expect(() => call(over(0), { isa: 'mmx' })).toThrow(refusal(VALUE, /^options\.isa/));
    expect(() => call(over(0), { axis: 1 })).toThrow(refusal(RANGE, /^options\.axis/));
    expect(() => call(over(0), { temperature: 0 })).toThrow(
      refusal(RANGE, /^options\.temperature/),
    );
    expect(() => call(over(0), { out: over(1) })).toThrow(refusal(VALUE, /^options\.out/));
  });
});

describe('reading', () => {
  const good: Required<Omit<SoftmaxOptions, 'dtype'>> = {
    out: over(6),
    shape: [2, 3],
    axis: 0,
    temperature: 2,
    fullyMasked: 'zeros',
    algorithm: 'two-pass',
    isa: 'scalar',
    threads: 1,
  };

  const counted = (options: object) => {
    const reads: string[] = [];
    const proxy: object = new Proxy(options, {
      get: (target, name) => {
        reads.push(String(name));
        return Reflect.get(target, name);
      },
    });
    return { proxy, reads };
  };

  it.each([good, { out: good.out }, { temperature: 2 }, {}])(
    'takes each option once: %o',
    (options) => {
      const { proxy, reads } = counted(options);
      call(logits(6), proxy);
      expect(reads).toEqual(Object.keys(options));
    },
  );

  it('takes each option once when the call fails', () => {
    for (const options of [{ out: over(5) }, { out: undefined }, { ...good, shape: [7] }]) {
      const { proxy, reads } = counted(options);
      if (options.out === undefined) call(logits(6), proxy);
      else expect(() => call(logits(6), proxy)).toThrow();
      expect(reads).toEqual(Object.keys(options));
    }
  });

  it('takes each dimension once', () => {
    const { proxy, reads } = counted([2, 3]);
    call(logits(6), { shape: proxy });
    expect(reads.filter((name) => /^\d+$/.test(name))).toEqual(['0', '1']);
  });

  it('lets the error of a getter through', () => {
    const error = new Error('mine');
    for (const name of Object.keys(good)) {
      const options = Object.defineProperty({}, name, {
        enumerable: true,
        get: () => {
          throw error;
        },
      });
      expect(() => call(logits(6), options)).toThrow(error);
    }
  });

  it('takes frozen options and null prototypes', () => {
    const want = softmax(logits(6), good).slice();
    expect(softmax(logits(6), Object.freeze({ ...good }))).toEqual(want);
    expect(softmax(logits(6), Object.assign(Object.create(null), good))).toEqual(want);
    const { out } = good;
    expect(call(logits(6), Object.assign(Object.create(null), { out }))).toBe(out);
  });

  afterEach(() => {
    for (const name of ['out', 'temperature', 'extra'])
      Reflect.deleteProperty(Object.prototype, name);
    for (const name of ['0', 'out']) Reflect.deleteProperty(Array.prototype, name);
  });

  it('is not misled by Object.prototype', () => {
    const want = softmax(logits(6), { temperature: 1 });
    const stray = over(6);
    Object.assign(Object.prototype, { out: stray, temperature: 3, extra: 1 });
    const out = over(6);
    expect(softmax(logits(6), {})).toEqual(want);
    expect(softmax(logits(6), { out })).toBe(out);
    expect(out).toEqual(want);
    Reflect.deleteProperty(Object.prototype, 'temperature');
    Reflect.deleteProperty(Object.prototype, 'extra');
    expect(softmax(logits(6), {})).toEqual(want);
    expect(stray).toEqual(over(6));
  });

  it('is not misled by Array.prototype', () => {
    const results = () => [
      softmax(logits(6), { shape: [2, 3], axis: 0 }),
      softmax([3, 1, 2]),
      softmax([3, 1, 2], { shape: [3, 1], out: [0, 0, 0] }),
    ];
    const want = results();
    Object.assign(Array.prototype, { 0: 9, out: over(6) });
    const got = results();
    Reflect.deleteProperty(Array.prototype, '0');
    expect(got).toEqual(want);
  });
});

it('has types that say the same', () => {
  expectTypeOf(softmax(logits(1))).toEqualTypeOf<Float32Array>();
  const refused = () => {
    // @ts-expect-error not computed with
    softmax(new Int32Array(1));
    // @ts-expect-error no such option
    softmax(new Float32Array(1), { dim: 0 });
    // @ts-expect-error no such isa
    softmax(new Float32Array(1), { isa: 'sse' });
    // @ts-expect-error null is an error
    softmax(new Float32Array(1), null);
  };
  expect(refused).toThrow();
  const shape = [1, 2] as const;
  expect(softmax(new Float32Array(2), { shape })).toHaveLength(2);
});
