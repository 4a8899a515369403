import { bytesOf, elementCount, floatTensor, type Tensor } from '../onnx/tensor.js';

/** How much of the range of a float weight one step of its int8 copy is. */
const INT8_STEPS = 127;

/** Weights spread evenly over [-limit, limit], always the same ones for the same name. */
export interface RandomWeights {
  readonly float32: Tensor;
  /** The same weights rounded to multiples of `scale`, with zero point 0. */
  readonly int8: Tensor;
  /** The same with zero point 128. */
  readonly uint8: Tensor;
  readonly scale: Tensor;
}

/** @param deviation Standard deviation; an even spread reaches √3 times as far. */
export function randomWeights(name: string, dims: readonly number[], deviation: number): RandomWeights {
  const limit = Math.fround(deviation * Math.sqrt(3));
  const fill = (array: Float32Array | Int8Array, factor: number): Uint8Array => {
    const round = array instanceof Int8Array;
    let state = seedOf(name);
    for (let i = 0; i < array.length; i++) {
      // Marsaglia, "Xorshift RNGs", 2003, with its shifts 13, 17, 5.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const value = (state / 2 ** 31) * factor;
      array[i] = round ? Math.round(value) : value;
    }
    return bytesOf(array);
  };
  const count = elementCount(dims);
  return {
    float32: { type: 'float32', dims, data: () => fill(new Float32Array(count), limit) },
    int8: { type: 'int8', dims, data: () => fill(new Int8Array(count), INT8_STEPS) },
    uint8: { type: 'uint8', dims, data: () => fill(new Int8Array(count), INT8_STEPS).map((byte) => byte ^ 0x80) },
    scale: floatTensor([], [limit / INT8_STEPS]),
  };
}

/** FNV-1a over UTF-16 code units; never 0, where a xorshift would stay for ever. */
function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash === 0 ? 1 : hash;
}
