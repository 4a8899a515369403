import { FashionMatchError } from '@fashionmatch/domain';

import { familyOf } from '../models/model-families.js';
import type { Size } from '../models/preprocessor-config.js';

/** A model's input or output, as ONNX Runtime describes it. Dimensions of any size have a name, or none. */
export interface GraphValue {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** Which of a model's inputs takes the images, and where in its outputs their vectors are. */
export interface ModelSignature {
  readonly input: string;
  readonly output: string;
  /** The output holds a row for each patch, and the first row, the class token's, is the image's vector. */
  readonly classToken: boolean;
  /** The model was exported for one image a run. */
  readonly oneByOne: boolean;
}

/** Outputs in order of preference, with their number of dimensions. */
const OUTPUTS = [
  { name: 'image_embeds', rank: 2 },
  { name: 'pooler_output', rank: 2 },
  { name: 'last_hidden_state', rank: 3 },
] as const;

/**
 * Reads a model's signature and checks that images of `size` fit in.
 *
 * @param modelType of the model's `config.json`, such as `dinov2`; `''` when it has none.
 * @throws FashionMatchError `MODEL_INVALID`, naming what does not fit.
 */
export function readSignature(
  inputs: readonly GraphValue[],
  outputs: readonly GraphValue[],
  size: Size,
  modelType: string,
): ModelSignature {
  const [input, ...others] = inputs;
  if (input === undefined) throw invalid('it takes no input');
  if (others.length > 0) {
    throw invalid(
      `it takes ${namesOf(inputs)}, but an image encoder takes images alone (look for its vision_model.onnx)`,
    );
  }
  checkInput(input, size);

  const wanted = OUTPUTS.find(({ name }) => outputs.some((output) => output.name === name));
  const output = outputs.find(({ name }) => name === wanted?.name);
  if (wanted === undefined || output === undefined) {
    throw invalid(`it gives ${namesOf(outputs)}, but none of ${OUTPUTS.map(({ name }) => name).join(', ')}`);
  }
  if (output.type !== 'float32' || output.shape?.length !== wanted.rank)
    throw invalid(`its output ${describeValue(output)}`);
  const family = familyOf(modelType);
  if (family.projects && wanted.name !== 'image_embeds') {
    throw invalid(
      `it gives ${namesOf(outputs)}, and a ${modelType} model's vectors are its image_embeds: what comes before the ` +
        'projection is another space, whatever its width; export it with its projection (CLIPVisionModelWithProjection)',
    );
  }
  const classToken = wanted.rank === 3;
  if (classToken && family.withoutClassToken) {
    throw invalid(`a ${modelType} model has no class token, and this one gives no pooler_output`);
  }
  return { input: input.name, output: output.name, classToken, oneByOne: input.shape?.[0] === 1 };
}

function checkInput(input: GraphValue, { width, height }: Size): void {
  const [batch, ...image] = input.shape ?? [];
  const fits =
    input.type === 'float32' &&
    (typeof batch === 'string' || batch === 1) &&
    image.length === 3 &&
    [3, height, width].every((length, i) => typeof image[i] === 'string' || image[i] === length);
  if (!fits)
    throw invalid(
      `its input ${describeValue(input)}, but images come as float32 [n, 3, ${String(height)}, ${String(width)}]`,
    );
}

export function describeValue({ name, type = 'no tensor', shape = [] }: GraphValue): string {
  return `${name} is ${type} [${shape.map((length) => (length === '' ? '?' : String(length))).join(', ')}]`;
}

export function namesOf(values: readonly GraphValue[]): string {
  return values.map(({ name }) => name).join(', ') || 'nothing';
}

function invalid(reason: string): FashionMatchError {
  return new FashionMatchError('MODEL_INVALID', `The model cannot be used as an image encoder: ${reason}.`);
}
