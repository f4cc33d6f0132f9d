// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import {
  chain,
  exposeLogits,
  FLOAT,
  field,
  fields,
  INT64,
  modelOf,
  tensor,
} from '../../../bench/node/onnx.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const read = (bytes: string) => [...fields(Buffer.from(bytes, 'hex'))];
const part = (bytes: Uint8Array, ...path: number[]): Uint8Array[] =>
  path.reduce<Uint8Array[]>(
    (found, number) =>
      found.flatMap((m) =>
        [...fields(m)].flatMap((f) =>
          f.number === number && f.value instanceof Uint8Array ? [f.value] : [],
        ),
      ),
    [bytes],
  );
const texts = (bytes: Uint8Array, ...path: number[]) => part(bytes, ...path).map(String);

describe('fields', () => {
  it('reads every wire type in use', () => {
    expect(read('089601')).toEqual([{ number: 1, value: 150n }]);
    expect(read('120774657374696e67')).toEqual([{ number: 2, value: Buffer.from('testing') }]);
    expect(read('0d0000803f1100000000000000401801').map((f) => f.number)).toEqual([1, 2, 3]);
    expect(read('a00101')).toEqual([{ number: 20, value: 1n }]);
  });

  it('reads a negative int64 as its 64 bits', () => {
    const [only] = read('18ffffffffffffffffff01');
    expect(only).toEqual({ number: 3, value: 2n ** 64n - 1n });
  });

  it.each(['08', '0896', '1207746573', '0d0000', '0b'])(
    'refuses the broken message %s',
    (bytes) => {
      expect(() => read(bytes)).toThrow(RangeError);
    },
  );
});

describe('field', () => {
  it('writes what protobuf prescribes', () => {
    expect(hex(field(1, 150))).toBe('089601');
    expect(hex(field(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(field(3, -1))).toBe('18ffffffffffffffffff01');
    expect(hex(field(20, 2))).toBe('a00102');
    expect(hex(field(5, new Uint8Array(300))).slice(0, 8)).toBe('2aac0200');
  });
});

describe('chain', () => {
  it('names the operator, its tensors and their sizes', () => {
    const model = chain(['Softmax'], [47, 6625]);
    expect(texts(model, 7, 1, 4)).toEqual(['Softmax']);
    expect(texts(model, 7, 11, 1)).toEqual(['x']);
    expect(texts(model, 7, 12, 1)).toEqual(['y']);
    expect(part(model, 7, 12, 2, 1, 2, 1).flatMap((dim) => [...fields(dim)])).toEqual([
      { number: 1, value: 47n },
      { number: 1, value: 6625n },
    ]);
  });

  it('gives TopK its k and its two outputs', () => {
    const model = chain(['TopK'], [2, 300], 40);
    expect(texts(model, 7, 1, 1)).toEqual(['x', 'k']);
    expect(texts(model, 7, 12, 1)).toEqual(['y', 'indices']);
    const sizes = part(model, 7, 12, 2, 1, 2, 1).map((dim) => [...fields(dim)][0]?.value);
    expect(sizes).toEqual([2n, 40n, 2n, 40n]);
    expect(part(model, 7, 5, 9).map(hex)).toEqual(['2800000000000000']);
  });

  it('hands what one node gives to the next', () => {
    const model = chain(['Softmax', 'TopK'], [300], 40);
    expect(texts(model, 7, 1, 1)).toEqual(['x', 'y1', 'k']);
    expect(texts(model, 7, 1, 2)).toEqual(['y1', 'y', 'indices']);
  });
});

describe('modelOf', () => {
  it('takes sizes that are known later, and tensors with their values', () => {
    const model = modelOf({
      nodes: [{ op: 'Gather', inputs: ['table', 'ids'], outputs: ['y'], axis: 0 }],
      inputs: [{ name: 'ids', type: INT64, shape: ['batch', 2] }],
      outputs: [{ name: 'y', type: FLOAT, shape: ['batch', 2] }],
      constants: [tensor('table', [2], Float32Array.of(1, 2, 3).subarray(1))],
    });
    expect(texts(model, 7, 11, 2, 1, 2, 1, 2)).toEqual(['batch']);
    expect(texts(model, 7, 5, 8)).toEqual(['table']);
    expect(part(model, 7, 5, 9).map(hex)).toEqual(['0000004000004040']);
  });
});

describe('exposeLogits', () => {
  it('appends the input of the last Softmax as an output and touches nothing before it', () => {
    const node = (op: string, from: string, to: string) =>
      field(1, Buffer.concat([field(1, from), field(2, to), field(4, op)]));
    const nodes = [node('Softmax', 'a', 'b'), node('Softmax', 'b', 'c'), node('Relu', 'c', 'd')];
    const model = field(7, Buffer.concat([...nodes, field(12, field(1, 'd'))]));
    const exposed = exposeLogits(model);
    expect(exposed.name).toBe('b');
    expect(hex(exposed.model.subarray(0, model.length))).toBe(hex(model));
    expect(texts(exposed.model, 7, 12, 1)).toEqual(['d', 'b']);
  });

  it('says so when there is no Softmax', () => {
    expect(() => exposeLogits(field(7, field(1, field(4, 'Relu'))))).toThrow(/Softmax/);
  });
});
