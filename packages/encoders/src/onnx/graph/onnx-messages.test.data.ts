// ONNX models of a few nodes, byte by byte.

/** A field of a protocol buffer: a number, a text, or a message within. */
export type Field = readonly [number: number, value: number | string | Uint8Array];

/** Fields in the wire format of protocol buffers. */
export function message(...fields: Field[]): Uint8Array {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.from([...varint(number * 8), ...varint(value)]);
      const bytes = Buffer.from(value);
      return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
    }),
  );
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

export const FLOAT = 1;
export const INT64 = 7;
export const FLOAT16 = 10;

/** Field numbers as in onnx.proto: ValueInfoProto, NodeProto, TensorProto, GraphProto and ModelProto. */
export const value = (name: string, dims: readonly string[], type = FLOAT) => {
  const shape = message(...dims.map((dim): Field => [1, message([2, dim])]));
  return message([1, name], [2, message([1, message([1, type], [2, shape])])]);
};
export const nodeOfSeveral = (op: string, inputs: readonly string[], outputs: readonly string[]) =>
  message(...inputs.map((input): Field => [1, input]), ...outputs.map((output): Field => [2, output]), [4, op]);
export const node = (op: string, inputs: readonly string[], output: string) => nodeOfSeveral(op, inputs, [output]);
export const rawConstant = (name: string, type: number, length: number, bytes: Uint8Array) =>
  message([1, length], [2, type], [8, name], [9, bytes]);
export const constant = (name: string, type: number, data: Float32Array | BigInt64Array) =>
  rawConstant(name, type, data.length, new Uint8Array(data.buffer));

const PIXELS = ['n', 'c', 'h', 'w'];
const OUTPUT = { name: 'image_embeds', dims: ['n', 'd'] };

/** @param type of the numbers that go in and come out. @param further Inputs beside the images. */
export function model(
  nodes: readonly Uint8Array[],
  constants: readonly Uint8Array[],
  type = FLOAT,
  further: readonly Uint8Array[] = [],
  output: { readonly name: string; readonly dims: readonly string[] } = OUTPUT,
): Uint8Array {
  const graph = message(
    ...nodes.map((bytes): Field => [1, bytes]),
    [2, 'odd'],
    ...constants.map((bytes): Field => [5, bytes]),
    ...[...further, value('pixel_values', PIXELS, type)].map((bytes): Field => [11, bytes]),
    [12, value(output.name, output.dims, type)],
  );
  return message([1, 8], [7, graph], [8, message([1, ''], [2, 18])]);
}

/** A constant whose numbers are in another file. */
export const externalConstant = (
  name: string,
  type: number,
  length: number,
  entries: Readonly<Record<string, string>>,
) =>
  message(
    ...([
      [1, length],
      [2, type],
      [8, name],
      [14, 1],
    ] satisfies Field[]),
    ...Object.entries(entries).map(([key, text]): Field => [13, message([1, key], [2, text])]),
  );
