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
  /** Images go in as float16, not as float32. */
  readonly half: boolean;
  /** What goes in beside the images where texts are read too. What comes of it is not asked for. */
  readonly texts: readonly TextInput[];
  readonly output: string;
  /** The output holds a row for each patch, and the first row, the class token's, is the image's vector. */
  readonly classToken: boolean;
  /** The model was exported for one image a run. */
  readonly oneByOne: boolean;
}

/** An input for texts of a model of images and texts. */
export interface TextInput {
  readonly name: string;
  /** What to fill it with, in place of a text. */
  readonly value: bigint;
  /** Number of texts; undefined where there must be as many as images. */
  readonly count: number | undefined;
  /** Of each text, in tokens. */
  readonly length: number;
}

/** Inputs for texts, each with what stands for a text there: any token, and that it is one. */
const TEXT_INPUTS: ReadonlyMap<string, bigint> = new Map([
  ['input_ids', 0n],
  ['attention_mask', 1n],
]);

/** As short as a text with a beginning and an end. */
const SHORTEST_TEXT = 2;

const NUMBERS = ['float32', 'float16'];

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
  const forImages = inputs.filter(({ name }) => !TEXT_INPUTS.has(name));
  const [input = inputs[0], ...others] = forImages;
  if (input === undefined) throw invalid('it takes no input');
  if (others.length > 0) {
    throw invalid(`it takes ${namesOf(inputs)}, but an image encoder takes images alone, or with a text's tokens`);
  }
  checkInput(input, size);
  const texts = inputs.flatMap((other) => (other === input ? [] : [textInput(other, input)]));

  // Of a model of both, the other outputs may be those of the text.
  const candidates = OUTPUTS.filter(({ name }) => texts.length === 0 || name === 'image_embeds');
  const wanted = candidates.find(({ name }) => outputs.some((output) => output.name === name));
  const output = outputs.find(({ name }) => name === wanted?.name);
  if (wanted === undefined || output === undefined) {
    const names = candidates.map(({ name }) => name);
    throw invalid(
      `it gives ${namesOf(outputs)}, but ${texts.length > 0 ? 'no' : 'none of'} ${names.join(', ')}: export it again ` +
        'with output_names, as docs/exporting-models.md says',
    );
  }
  if (!NUMBERS.includes(output.type ?? '') || output.shape?.length !== wanted.rank)
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
  const half = input.type === 'float16';
  return { input: input.name, half, texts, output: output.name, classToken, oneByOne: input.shape?.[0] === 1 };
}

function textInput(input: GraphValue, images: GraphValue): TextInput {
  const { name, shape = [] } = input;
  const [count, length] = shape;
  if (input.type !== 'int64' || shape.length !== 2) throw invalid(`its input ${describeValue(input)}`);
  return {
    name,
    value: TEXT_INPUTS.get(name) ?? 0n,
    count: typeof count === 'number' ? count : count === images.shape?.[0] ? undefined : 1,
    length: typeof length === 'number' ? length : SHORTEST_TEXT,
  };
}

function checkInput(input: GraphValue, { width, height }: Size): void {
  const [batch, ...image] = input.shape ?? [];
  const fits =
    NUMBERS.includes(input.type ?? '') &&
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
