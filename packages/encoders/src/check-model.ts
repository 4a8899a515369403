import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { dot, FashionMatchError, ItemError } from '@fashionmatch/domain';

import { sha256Of } from './hub/file-hash.js';
import { createSharpImageDecoder } from './images/sharp-image-decoder.js';
import { readGolden } from './models/golden.js';
import { familyOf } from './models/model-families.js';
import { PRECISIONS, type Precision } from './models/model-catalog.js';
import { resolveModel } from './models/model-files.js';
import { findWeights, isFile, isFolder, MODEL_CONFIG, readModelConfig } from './models/model-folder.js';
import { inspectModel, type ModelFileStatus } from './models/model-status.js';
import type { Preprocessing } from './models/preprocessor-config.js';
import { resolveTextTower } from './models/text-tower-files.js';
import { openOnnxImageEncoder, type OnnxImageEncoderOptions } from './onnx/onnx-image-encoder.js';
import { openOnnxTextTower } from './onnx/text/onnx-text-tower.js';

/** What a model's folder is, found by opening it and encoding with it. */
export interface ModelCheck {
  readonly folder: string;
  /** `model_type` of its `config.json`; `''` when there is none. */
  readonly modelType: string;
  /** In the order of `PRECISIONS`: one for each precision that the folder has. */
  readonly encoders: readonly EncoderCheck[];
  /** Present ones with their SHA-256. */
  readonly files: readonly ModelFileStatus[];
  /** What else would be of use, a sentence each. */
  readonly missing: readonly string[];
}

/** One precision of a model: what it gives, or why it cannot be used. */
export type EncoderCheck =
  | { readonly precision: Precision; readonly fault: string }
  | {
      readonly precision: Precision;
      readonly fault: undefined;
      /** As a store records it. */
      readonly id: string;
      /** Of the graph with all of its weights. */
      readonly sha256: string;
      readonly device: string;
      /** Such as `image_embeds`, or `last_hidden_state[0]`. */
      readonly output: string;
      readonly dimensions: number;
      readonly preprocessing: Preprocessing;
      /** For one image, the second of two. */
      readonly milliseconds: number;
      /** Between the vectors of two pictures that have nothing in common. */
      readonly cosine: number;
      /** Length of a text's vector; undefined where it reads no texts. */
      readonly textDimensions: number | undefined;
    };

/** How it is to be used; the device is any that works unless given. */
export type ModelCheckOptions = Pick<OnnxImageEncoderOptions, 'logger' | 'device' | 'resample' | 'colour'>;

/**
 * Opens a model's folder in every precision that it has, and encodes two pictures with each.
 *
 * @throws FashionMatchError `MODEL_MISSING` when there is no such folder, or no image encoder in it.
 */
export async function checkModel(folder: string, options: ModelCheckOptions): Promise<ModelCheck> {
  if (!(await isFolder(folder))) throw new FashionMatchError('MODEL_MISSING', `There is no folder ${folder}.`);
  const { modelType } = await readModelConfig(join(folder, MODEL_CONFIG));
  const encoders: EncoderCheck[] = [];
  const files = new Map<string, ModelFileStatus>();
  for (const precision of PRECISIONS) {
    if ((await findWeights(folder, precision)) === undefined) continue;
    encoders.push(await checkEncoder(folder, precision, options));
    for (const file of (await inspectModel(folder, { precision })).files) files.set(file.path, await withHash(file));
  }
  const config = join(folder, MODEL_CONFIG);
  if (await isFile(config)) {
    const { size } = await stat(config);
    files.set(config, { path: config, state: 'present', size, hash: await sha256Of(config), neededFor: 'images' });
  }
  // Says which files were looked for.
  if (encoders.length === 0) await resolveModel(folder);
  const textsAreRead = encoders.some((encoder) => encoder.fault === undefined && encoder.textDimensions !== undefined);
  const missing = [
    ...(modelType === '' ? [`${MODEL_CONFIG}: without it nobody knows the model's kind, nor what it must give.`] : []),
    ...(familyOf(modelType).readsText && !textsAreRead
      ? ['onnx/text_model.onnx and tokenizer.json: without them there is no search by text.']
      : []),
  ];
  return { folder, modelType, encoders, files: [...files.values()], missing };
}

async function checkEncoder(folder: string, precision: Precision, options: ModelCheckOptions): Promise<EncoderCheck> {
  try {
    const model = await resolveModel(folder, { precision });
    await using encoder = await openOnnxImageEncoder({ model, ...options });
    const golden = await readGolden();
    const decoder = createSharpImageDecoder(options.colour && { colour: options.colour });
    const vectors: Float32Array[] = [];
    let milliseconds = 0;
    for (const image of [golden.image, golden.heic.image]) {
      const startedAt = performance.now();
      const [vector] = await encoder.encode([await encoder.preprocess(await decoder.decode(image))]);
      milliseconds = performance.now() - startedAt;
      if (!(vector instanceof Float32Array)) throw vector ?? new RangeError('The encoder gave no vector.');
      vectors.push(vector);
    }
    const [first = [], second = []] = vectors;
    return {
      precision,
      fault: undefined,
      id: encoder.id,
      sha256: model.sha256,
      device: encoder.model.device,
      output: encoder.output,
      dimensions: encoder.dimensions,
      preprocessing: model.preprocessing,
      milliseconds,
      cosine: dot(first, second),
      textDimensions: await textDimensions(folder, precision, options),
    };
  } catch (error) {
    if (error instanceof FashionMatchError || error instanceof ItemError) return { precision, fault: error.message };
    throw error;
  }
}

/** @throws FashionMatchError when there is a text tower that cannot be used. */
async function textDimensions(
  folder: string,
  precision: Precision,
  options: ModelCheckOptions,
): Promise<number | undefined> {
  const tower = await resolveTextTower(folder, { precision }).catch((error: unknown) => {
    if (error instanceof FashionMatchError && error.code === 'MODEL_MISSING') return undefined;
    throw error;
  });
  if (tower === undefined) return undefined;
  await using texts = await openOnnxTextTower({ tower, ...options });
  return texts.dimensions;
}

async function withHash(file: ModelFileStatus): Promise<ModelFileStatus> {
  return file.hash === '' && (await isFile(file.path)) ? { ...file, hash: await sha256Of(file.path) } : file;
}
