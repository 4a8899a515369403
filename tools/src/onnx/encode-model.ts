import protobuf from 'protobufjs/light.js';
import type { AttributeValue, Graph, GraphValue, Node } from './graph.js';
import { onnx } from './onnx-schema.js';
import { elementCount, ELEMENT_TYPES, type Tensor } from './tensor.js';

export interface ModelOptions {
  /** Version of ONNX's standard operators. */
  readonly opset: number;
  /** What the model is, for people who open it in a viewer. */
  readonly description: string;
}

/** IR version 8 goes with opset 17 and is read by every ONNX Runtime since 1.12. */
const IR_VERSION = 8;

const LENGTH_DELIMITED = 2;

/** Numbers of `AttributeProto.AttributeType`. */
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

/**
 * The bytes of an ONNX model file, piece by piece; equal graphs give equal bytes. Weights are asked
 * for one at a time, so the whole of a large model is never in memory.
 *
 * @throws Error when a constant's data has not the size that its dimensions say.
 */
export function* encodeModel(graph: Graph, options: ModelOptions): Generator<Uint8Array> {
  const body = onnx.graph
    .encode({
      node: graph.nodes.map(nodeMessage),
      name: graph.name,
      input: graph.inputs.map(valueMessage),
      output: graph.outputs.map(valueMessage),
    })
    .finish();

  const constants = [...graph.constants].map(([name, tensor]) => frameConstant(name, tensor));
  const graphLength = constants.reduce((sum, { head, dataLength }) => sum + head.length + dataLength, body.length);

  yield onnx.model
    .encode({
      irVersion: IR_VERSION,
      producerName: 'fashionmatch',
      docString: options.description,
      opsetImport: [{ domain: '', version: options.opset }],
    })
    .finish();
  yield lengthDelimited(onnx.modelGraphField, graphLength);
  yield body;
  for (const { name, head, dataLength, tensor } of constants) {
    const data = tensor.data();
    if (data.length !== dataLength) {
      throw new Error(`${name} has ${String(data.length)} bytes where its shape asks for ${String(dataLength)}`);
    }
    yield head;
    yield data;
  }
}

/** Everything of an initializer but its data, which comes last in its message. */
function frameConstant(name: string, tensor: Tensor) {
  const type = ELEMENT_TYPES[tensor.type];
  const dataLength = elementCount(tensor.dims) * type.bytes;
  const inner = Buffer.concat([
    onnx.tensorHeader.encode({ dims: tensor.dims, dataType: type.code, name }).finish(),
    lengthDelimited(onnx.tensorRawDataField, dataLength),
  ]);
  const head = Buffer.concat([lengthDelimited(onnx.graphInitializerField, inner.length + dataLength), inner]);
  return { name, head, dataLength, tensor };
}

/** What stands before a field of `length` bytes. */
function lengthDelimited(field: number, length: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((field << 3) | LENGTH_DELIMITED)
    .uint32(length)
    .finish();
}

function nodeMessage(node: Node) {
  return {
    input: node.inputs,
    output: node.outputs,
    name: node.name,
    opType: node.op,
    attribute: Object.entries(node.attributes).map(([name, value]) => ({ name, ...attributeFields(value) })),
  };
}

function attributeFields(value: AttributeValue) {
  if (typeof value === 'number') return { i: value, type: ATTRIBUTE_TYPE.int };
  if (typeof value === 'string') return { s: Buffer.from(value), type: ATTRIBUTE_TYPE.string };
  if ('float' in value) return { f: value.float, type: ATTRIBUTE_TYPE.float };
  return { ints: value, type: ATTRIBUTE_TYPE.ints };
}

function valueMessage(value: GraphValue) {
  const dim = value.dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name: value.name, type: { tensorType: { elemType: ELEMENT_TYPES[value.type].code, shape: { dim } } } };
}
