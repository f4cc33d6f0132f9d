// SPDX-License-Identifier: MIT
// The little of ONNX that measuring needs: build a model of a node or two, and make a tensor inside a
// model visible. ONNX is protobuf; a message is a run of fields, each a key (number * 8 + wire type)
// followed by a varint (type 0) or by a length and that many bytes (type 2). Field numbers below are
// those of onnx.proto, named where they are used.

/** One field of a message: a number (int64 as unsigned) or the bytes of a string or message. */
export interface Field {
  number: number;
  value: bigint | Uint8Array;
}

/** Reads the fields of a message in order. Bytes are views into `message`, nothing is copied. */
export function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('protobuf: the message ends inside a number');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    const wire = key & 7;
    if (wire === 0) {
      yield { number: key >>> 3, value: varint() };
      continue;
    }
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? Number(varint()) : Number.NaN;
    if (!(at + length <= message.length)) {
      throw new RangeError(`protobuf: field ${key >>> 3} of wire type ${wire} does not fit`);
    }
    yield { number: key >>> 3, value: message.subarray(at, at + length) };
    at += length;
  }
}

/** Writes one field: integers (negative ones as int64) as varints, text and messages as bytes. */
export function field(number: number, value: number | string | Uint8Array): Uint8Array {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

const message = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const MODEL = { irVersion: 1, graph: 7, opsetImport: 8 } as const;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, opType: 4, attribute: 5 } as const;
export const FLOAT = 1;
export const INT64 = 7;

/** The last of the bytes at field `number` that `accept` takes; an error names `what` is missing. */
function last(
  bytes: Uint8Array,
  number: number,
  what: string,
  accept = (_: Uint8Array) => true,
): Uint8Array {
  let found: Uint8Array | undefined;
  for (const { number: at, value } of fields(bytes)) {
    if (at === number && value instanceof Uint8Array && accept(value)) found = value;
  }
  if (!found) throw new Error(`onnx: the model has no ${what}`);
  return found;
}

/**
 * A copy of `model` whose last Softmax node also gives its input away, as the output `name`.
 * Protobuf merges the occurrences of a message field and appends repeated ones, so an output is
 * added by appending a second `graph` that holds nothing else.
 */
export function exposeLogits(model: Uint8Array): { model: Uint8Array; name: string } {
  const isSoftmax = (node: Uint8Array) => text(last(node, NODE.opType, 'operator')) === 'Softmax';
  const softmax = last(last(model, MODEL.graph, 'graph'), GRAPH.node, 'Softmax node', isSoftmax);
  const name = text(last(softmax, NODE.input, 'input'));
  const output = field(GRAPH.output, field(1, name)); // its type is left for inference
  return { model: message(model, field(MODEL.graph, output)), name };
}

/** A size, or the name of one that is known when the model runs. */
export type Size = number | string;

export interface TensorInfo {
  readonly name: string;
  readonly type: typeof FLOAT | typeof INT64;
  readonly shape: readonly Size[];
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly axis: number;
}

/** A tensor's name, element type and shape (ValueInfoProto). */
function valueInfo({ name, type, shape }: TensorInfo): Uint8Array {
  const dims = shape.map((size) => field(1, field(typeof size === 'number' ? 1 : 2, size)));
  const tensor = message(field(1, type), field(2, message(...dims)));
  return message(field(1, name), field(2, field(1, tensor)));
}

/** A tensor with its values (TensorProto): sizes, type, name, little-endian bytes. */
export function tensor(
  name: string,
  shape: readonly number[],
  values: Float32Array | BigInt64Array,
) {
  const { buffer, byteOffset, byteLength } = values;
  return message(
    ...shape.map((size) => field(1, size)),
    field(2, values instanceof Float32Array ? FLOAT : INT64),
    field(8, name),
    field(9, new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

/** A model of these nodes, each with an `axis` (opset 13); `constants` are tensors. */
export function modelOf(graph: {
  readonly nodes: readonly Node[];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly constants?: readonly Uint8Array[];
}): Uint8Array {
  const { nodes, inputs, outputs, constants = [] } = graph;
  const opset = field(2, 13); // of the default domain
  return message(
    field(MODEL.irVersion, 8),
    field(
      MODEL.graph,
      message(
        ...nodes.map((node) => field(GRAPH.node, nodeOf(node))),
        field(GRAPH.name, nodes.map(({ op }) => op).join(', ')),
        ...constants.map((constant) => field(GRAPH.initializer, constant)),
        ...inputs.map((input) => field(GRAPH.input, valueInfo(input))),
        ...outputs.map((output) => field(GRAPH.output, valueInfo(output))),
      ),
    ),
    field(MODEL.opsetImport, opset),
  );
}

function nodeOf({ op, inputs, outputs, axis }: Node): Uint8Array {
  return message(
    ...inputs.map((name) => field(NODE.input, name)),
    ...outputs.map((name) => field(NODE.output, name)),
    field(NODE.opType, op),
    // AttributeProto of type INT
    field(NODE.attribute, message(field(1, 'axis'), field(3, axis), field(20, 2))),
  );
}

export type Op = 'Softmax' | 'LogSoftmax' | 'TopK';

/**
 * A model of one node, or one after the other, over the float32 input `x` of this shape, along its
 * last axis. Outputs: `y`; with TopK as the last, `y` and the int64 `indices`, both with `k` for the
 * last size.
 */
export function chain(ops: readonly Op[], shape: readonly number[], k = 0): Uint8Array {
  const topK = ops.at(-1) === 'TopK';
  const result = {
    name: 'y',
    type: FLOAT,
    shape: topK ? [...shape.slice(0, -1), k] : shape,
  } as const;
  const nodes = ops.map((op, i): Node => {
    const from = i === 0 ? 'x' : `y${i}`;
    const to = i === ops.length - 1 ? 'y' : `y${i + 1}`;
    return op === 'TopK'
      ? { op, inputs: [from, 'k'], outputs: [to, 'indices'], axis: -1 }
      : { op, inputs: [from], outputs: [to], axis: -1 };
  });
  return modelOf({
    nodes,
    inputs: [{ name: 'x', type: FLOAT, shape }],
    outputs: topK ? [result, { ...result, name: 'indices', type: INT64 }] : [result],
    constants: topK ? [tensor('k', [1], BigInt64Array.of(BigInt(k)))] : [],
  });
}
