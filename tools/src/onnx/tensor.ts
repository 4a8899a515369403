/** Element types with their number in ONNX (`TensorProto.DataType`) and their size in bytes. */
export const ELEMENT_TYPES = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  int64: { code: 7, bytes: 8 },
} as const;

export type ElementType = keyof typeof ELEMENT_TYPES;

/** A constant of a graph. */
export interface Tensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  /**
   * Little-endian, row-major. Called once, when the tensor is written, so that a model of hundreds
   * of megabytes never lies in memory as a whole.
   */
  readonly data: () => Uint8Array;
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** float32 values; their number must be the product of `dims` (none: a scalar). */
export function floatTensor(dims: readonly number[], values: Iterable<number>): Tensor {
  return { type: 'float32', dims, data: () => bytesOf(Float32Array.from(values)) };
}

/** int64 values, such as shapes and axes; safe integers only. */
export function int64Tensor(values: readonly number[], dims: readonly number[] = [values.length]): Tensor {
  return { type: 'int64', dims, data: () => bytesOf(BigInt64Array.from(values, BigInt)) };
}

/** The memory of a typed array as it is: Node runs on little-endian machines, as ONNX wants it. */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
